/** What is wrong with an uploaded bundle, in words for whoever has sent it. */
export class BundleError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "BundleError";
  }
}
