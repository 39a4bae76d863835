/** The three layers, in the order in which the page shows them everywhere. */
export const LAYERS = [
  { id: "speed", name: "Speed", place: "Elasticsearch" },
  { id: "s3", name: "S3", place: "Delta table on S3" },
  { id: "hdfs", name: "HDFS", place: "Delta table on HDFS" },
];
