/** The signal that ends a request after some time; engines that have none wait as long as the network does. */

export const patience = (milliseconds) => AbortSignal.timeout?.(milliseconds);
