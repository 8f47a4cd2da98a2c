/** Asks the process beside jest for a server; it starts it first where nobody asked before. */
export async function askServices(what: string): Promise<string> {
  const base = process.env['CHAT4ALL_TEST_SERVICES'];
  if (base === undefined) throw new Error('Run the tests by jest with its global set-up.');
  // A kept connection may be closed by the other side at the moment of the next question.
  const answer = await fetch(`${base}/${what}`, { headers: { connection: 'close' } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
}
