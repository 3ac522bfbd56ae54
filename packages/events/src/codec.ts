/**
 * Between an event in memory and its row: checks it against the schema of its type, and lifts rows that an older
 * release wrote to today's version, one step at a time. History is never rewritten; it is read anew.
 */
import type { ZodType } from 'zod';
import { UndecodableEventError } from './errors.ts';

/** One version of an event's data. */
export interface EventSchema {
  readonly schema: ZodType;
  /** Turns data of the version before into data of this one. Every version above 1 has it. Pure. */
  readonly upcast?: (older: unknown) => unknown;
}

/** All versions of an event type, numbered from 1 without gaps. */
export type EventSchemas = Readonly<Record<number, EventSchema>>;

export interface EncodedEvent {
  readonly type: string;
  readonly schema_version: number;
  readonly data: unknown;
}

export interface Codec {
  /** @throws UndecodableEventError when the data does not fit the newest schema of its type */
  encode(event: { readonly type: string; readonly data: unknown }): EncodedEvent;
  /** @throws UndecodableEventError when the type or version is unknown, or the data fits no schema */
  decode(row: EncodedEvent): { readonly type: string; readonly data: unknown };
}

/** A codec for these types. Each type's newest version is the one it writes. */
export function createCodec(types: Readonly<Record<string, EventSchemas>>): Codec {
  const newest = new Map(Object.entries(types).map(([type, versions]) => [type, newestVersion(type, versions)]));

  return {
    encode({ type, data }) {
      const version = newest.get(type);
      if (version === undefined) throw new UndecodableEventError(type, 0, 'this type is unknown');
      return { type, schema_version: version, data: parse(type, version, types[type]?.[version]?.schema, data) };
    },

    decode({ type, schema_version: recorded, data }) {
      const versions = types[type];
      const current = newest.get(type);
      if (versions === undefined || current === undefined) {
        throw new UndecodableEventError(type, recorded, 'this type is unknown', { isNewer: true });
      }
      if (recorded > current) {
        throw new UndecodableEventError(type, recorded, `this program knows versions up to ${current}; deploy a newer one`, { isNewer: true });
      }
      let lifted = parse(type, recorded, versions[recorded]?.schema, data);
      for (let version = recorded + 1; version <= current; version += 1) {
        lifted = parse(type, version, versions[version]?.schema, versions[version]?.upcast?.(lifted));
      }
      return { type, data: lifted };
    },
  };
}

function newestVersion(type: string, versions: EventSchemas): number {
  const numbers = Object.keys(versions).map(Number);
  const newest = Math.max(...numbers);
  for (let version = 1; version <= newest; version += 1) {
    const known = versions[version];
    if (known === undefined) throw new UndecodableEventError(type, version, 'this version is missing from its schemas');
    if (version > 1 && known.upcast === undefined) {
      throw new UndecodableEventError(type, version, 'this version has no upcast from the one before');
    }
  }
  return newest;
}

function parse(type: string, version: number, schema: ZodType | undefined, data: unknown): unknown {
  if (schema === undefined) throw new UndecodableEventError(type, version, 'this version is unknown');
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue === undefined || issue.path.length === 0 ? 'data' : `data.${issue.path.join('.')}`;
  throw new UndecodableEventError(type, version, `${field}: ${issue?.message ?? 'invalid'}`, { cause: result.error });
}
