/**
 * Leads a program's connections to one port of this machine to another (`AWS_WIRE=<port>=<other>`): see aws-wire.ts. Node loads
 * it before the program.
 */
import net from 'node:net';

const [port, other] = (process.env.AWS_WIRE ?? '').split('=').map(Number);
const { connect } = net.Socket.prototype;

net.Socket.prototype.connect = function (...args) {
  // `net.connect` hands its arguments on as one normalized list.
  const list = Array.isArray(args[0]) ? args[0] : args;
  if (typeof list[0] === 'object' && Number(list[0]?.port) === port) list[0] = { ...list[0], port: other };
  else if (Number(list[0]) === port) list[0] = other;
  return Reflect.apply(connect, this, args);
};
