"""Settings reach a service by environment variables only; the launcher provides them from `.env` and its own choices."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import BaseSettings


class KafkaSettings(BaseSettings):
    """Address and credentials of the cluster."""

    bootstrap_servers: str = Field("127.0.0.1:9092", validation_alias="KAFKA_BOOTSTRAP_SERVERS")
    security_protocol: str = Field("PLAINTEXT", validation_alias="KAFKA_SECURITY_PROTOCOL")
    sasl_mechanism: str = Field("", validation_alias="KAFKA_SASL_MECHANISM")
    sasl_username: str = Field("", validation_alias="KAFKA_SASL_USERNAME")
    sasl_password: str = Field("", validation_alias="KAFKA_SASL_PASSWORD")
    ssl_ca_location: str = Field("", validation_alias="KAFKA_SSL_CA_LOCATION")

    def client(self) -> dict[str, Any]:
        """What every librdkafka client needs to connect."""
        config: dict[str, Any] = {
            "bootstrap.servers": self.bootstrap_servers,
            "security.protocol": self.security_protocol,
            # A broker that comes back is used again within a second, not within ten.
            "reconnect.backoff.max.ms": 1000,
        }
        if self.sasl_mechanism:
            config |= {
                "sasl.mechanism": self.sasl_mechanism,
                "sasl.username": self.sasl_username,
                "sasl.password": self.sasl_password,
            }
        if self.ssl_ca_location:
            config["ssl.ca.location"] = self.ssl_ca_location
        return config


class RegistrySettings(BaseSettings):
    url: str = Field("http://127.0.0.1:8081/apis/ccompat/v7", validation_alias="SCHEMA_REGISTRY_URL")
    username: str = Field("", validation_alias="SCHEMA_REGISTRY_USERNAME")
    password: str = Field("", validation_alias="SCHEMA_REGISTRY_PASSWORD")


class ElasticsearchSettings(BaseSettings):
    url: str = Field("http://127.0.0.1:9200", validation_alias="ELASTICSEARCH_URL")
    api_key: str = Field("", validation_alias="ELASTICSEARCH_API_KEY")
    ca_certs: str = Field("", validation_alias="ELASTICSEARCH_CA_CERTS")


class ValkeySettings(BaseSettings):
    url: str = Field("redis://127.0.0.1:6379/0", validation_alias="REDIS_URL")


class S3Settings(BaseSettings):
    endpoint_url: str = Field("http://127.0.0.1:9000", validation_alias="S3_ENDPOINT_URL")
    access_key_id: str = Field("", validation_alias="S3_ACCESS_KEY_ID")
    secret_access_key: str = Field("", validation_alias="S3_SECRET_ACCESS_KEY")
    region: str = Field("us-east-1", validation_alias="S3_REGION")


class HdfsSettings(BaseSettings):
    url: str = Field("hdfs://127.0.0.1:8020", validation_alias="HDFS_URL")


class ServiceSettings(BaseSettings):
    """Who and where a process is. A service adds its own fields in its `settings.py`."""

    name: str = Field(validation_alias="SERVICE_NAME", default="service")
    instance: int = Field(0, validation_alias="SERVICE_INSTANCE")
    host: str = Field("127.0.0.1", validation_alias="SERVICE_HOST")
    port: int = Field(0, validation_alias="SERVICE_PORT")
    stack_dir: Path = Field(Path("/tmp"), validation_alias="STACK_DIR")
    log_level: str = Field("INFO", validation_alias="LOG_LEVEL")

    kafka: KafkaSettings = Field(default_factory=lambda: KafkaSettings())
    registry: RegistrySettings = Field(default_factory=lambda: RegistrySettings())
    elasticsearch: ElasticsearchSettings = Field(default_factory=lambda: ElasticsearchSettings())
    valkey: ValkeySettings = Field(default_factory=lambda: ValkeySettings())
    s3: S3Settings = Field(default_factory=lambda: S3Settings())
    hdfs: HdfsSettings = Field(default_factory=lambda: HdfsSettings())


def service_url(case: str, service: str) -> str:
    """Where another HTTP service of this stack listens. Raises KeyError with the variable's name where the stack has none."""
    variable = f"{case}_{service}_PORT".upper().replace("-", "_")
    if variable not in os.environ:
        raise KeyError(f"{variable} is not set: run inside a stack (make up-{case}), or load its stack.env")
    return f"http://127.0.0.1:{os.environ[variable]}"
