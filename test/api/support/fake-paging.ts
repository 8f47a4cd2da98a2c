/** What a store throws for a cursor that is none of its own; known by its name. */
export class InvalidCursor extends Error {}
