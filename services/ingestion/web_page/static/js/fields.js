/** The declared fields of a source, as far as this page uses them. */
const TIMES = /^(time|timestamp|date|datetime|ts|dt)$|_at$/i;

/** Every event has a time of its own: nothing to count by, and shown already. */
export const isTime = (name) => TIMES.test(name);

/** The fields with one value each: by others no layer counts. */
export const countable = (fields) => fields.filter((field) => field.type !== "json");

/** The field to count by where none is chosen: the first that holds words. */
export const firstOf = (fields) => (fields.find((field) => field.type === "string" && !isTime(field.name)) ?? fields[0])?.name ?? "";
