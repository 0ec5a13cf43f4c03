// What a script needs of its test: where the emulators are, and a way to tell what it saw.

/** What the emulators said when they started, as `hub sandbox --json` prints it. */
export const facts = JSON.parse(process.env.SANDBOX);

/** Hand a value to the test. */
export function tell(value) {
  process.stdout.write(`\n${JSON.stringify(value)}\n`);
}

/** What happens when a promise is refused: its error, which must come. */
export async function refused(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('this was to be refused, and was not');
}
