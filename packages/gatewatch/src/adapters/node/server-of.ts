/** The server that a request came to; undefined for one that no server made. */
export function serverOf({ socket }: { socket?: object | null }): unknown {
  return socket === undefined || socket === null ? undefined : Reflect.get(socket, "server");
}
