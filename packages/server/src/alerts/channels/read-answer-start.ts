const MAX_CHARACTERS = 200;

/** The first characters of a receiver's answer; what follows is not read, however much it is. */
export async function readAnswerStart(answer: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= MAX_CHARACTERS) break;
  }
  return text.slice(0, MAX_CHARACTERS);
}
