/**
 * Names and addresses by which a machine reaches itself. Who listens on loopback alone is asked by them and no other: a page of another site that
 * has given its own name our address (DNS rebinding) is told by the name that its browser sends.
 */
import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether a name or an address is this machine's own, wherever it is looked up: browsers ask nobody for `localhost` and what ends with it. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  return host === 'localhost' || host.endsWith('.localhost') || (family !== 0 && LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6'));
}

/** Of a Host header: without its port, and an address of IPv6 without its brackets, in lower case; empty when there is none. */
export function hostnameOf(header: string): string {
  return (URL.parse(`http://${header}`)?.hostname ?? header).replace(/^\[|\]$/g, '').toLowerCase();
}
