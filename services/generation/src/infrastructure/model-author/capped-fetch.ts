/**
 * `fetch` for talking to a provider that is not trusted with our memory or with our key: a body is cut off at a
 * number of bytes, and a redirect (which could carry the key elsewhere) is an error.
 */

/** The body was longer than we are ready to read. */
export class ResponseTooLargeError extends Error {
  override readonly name = 'ResponseTooLargeError';
  readonly code = 'response_too_large';
  readonly maxBytes: number;

  constructor(maxBytes: number) {
    super(`the response is longer than ${maxBytes} bytes`);
    this.maxBytes = maxBytes;
  }
}

/**
 * @param maxBytes counted after decompression, so that a small archive cannot unfold into a large one
 * @returns a `fetch` whose body fails with {@link ResponseTooLargeError} at the first byte too many; the connection
 *   is then closed, and no more than one network chunk above the limit was ever held
 */
export function createCappedFetch(maxBytes: number): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, { ...init, redirect: 'error' });
    if (response.body === null) return response;
    return new Response(response.body.pipeThrough(cap(maxBytes)), {
      status: representable(response.status),
      statusText: response.statusText,
      headers: response.headers,
    });
  };
}

function cap(maxBytes: number): TransformStream<Uint8Array, Uint8Array> {
  let received = 0;
  return new TransformStream({
    transform(chunk, controller) {
      received += chunk.byteLength;
      // An error in the middle of a pipe cancels its source, and with it the connection.
      if (received > maxBytes) throw new ResponseTooLargeError(maxBytes);
      controller.enqueue(chunk);
    },
  });
}

/** `fetch` hands out any status that a server invents (999), `new Response` accepts 200 to 599 only. */
function representable(status: number): number {
  return status >= 200 && status <= 599 ? status : 502;
}
