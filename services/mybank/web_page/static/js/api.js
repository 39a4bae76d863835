/** Calls of this page: JSON in, JSON out; a refusal becomes an Error with the sentence of its problem document. */
let token = "";

export function useToken(next) {
  token = next;
}

export function headers() {
  return token ? { authorization: `Bearer ${token}` } : {};
}

export async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: { ...headers(), ...(body === undefined ? {} : { "content-type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const document = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(document.detail ?? `status ${answer.status}`), { status: answer.status });
  return document;
}
