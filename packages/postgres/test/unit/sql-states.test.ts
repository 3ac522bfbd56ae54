/**
 * What each SQLSTATE says about trying again: all classes of PostgreSQL's appendix A, and each code that is not like its class.
 */
import pg from 'pg';
import t from 'tap';
import { DatabaseUnavailableError, isDatabaseAway, isTransientDatabaseError, kindOfSqlState, type SqlStateKind } from '../../src/index.ts';

/** Codes of each kind; of every class of the appendix at least one. */
const APPENDIX: Readonly<Record<SqlStateKind, readonly string[]>> = {
  away: [
    '08000', '08001', '08003', '08004', '08006', '08007', '08P01', // connection
    '25006', // read-only
    '25P03', '25P04', // idle in transaction, in transaction: too long
    '53000', '53100', '53200', '53300', '53400', // resources
    '57000', '57014', '57P01', '57P02', '57P03', '57P04', '57P05', // an operator, or a time limit
    '58000', '58030', '58P01', '58P02', '58P03', // outside of PostgreSQL
    'F0000', 'F0001', // configuration
  ],
  conflict: ['40000', '40001', '40003', '40P01', '55P03'],
  refused: [
    '00000', '01000', '02000', '03000', '09000', '0A000', '0B000', '0F000', '0L000', '0P000', '0Z000', '10608', '20000', '21000', '22000', '22P02', '23000', '23505', '23514',
    '24000', '25000', '25001', '25002', '25005', '25007', '25008', '25P01', '25P02', '26000', '27000', '28000', '28P01', '2B000', '2D000', '2F000', '34000', '38000', '39000',
    '3B000', '3D000', '3F000', '40002', '42000', '42501', '42601', '42P01', '42P05', '44000', '54000', '55000', '55006', '55P02', '55P04', '72000', 'HV000', 'P0000', 'P0001',
    'XX000', 'XX001', 'XX002',
    // Ours, and none.
    'CW001', 'CW007', '', 'nonsense',
  ],
};

t.test('every code is judged as the appendix has it', async (t) => {
  for (const [kind, codes] of Object.entries(APPENDIX)) for (const code of codes) t.equal(kindOfSqlState(code), kind, code);
});

t.test('what is away or in conflict passes by itself; what is away is of no use to be tried piece by piece', async (t) => {
  for (const [kind, codes] of Object.entries(APPENDIX)) {
    for (const code of codes) {
      const error = Object.assign(new pg.DatabaseError('refused', 7, 'error'), { code });
      t.equal(isTransientDatabaseError(error), kind !== 'refused', code);
      t.equal(isDatabaseAway(error), kind === 'away', code);
    }
  }
  const gone = new DatabaseUnavailableError(new Error('gone'));
  t.ok(isTransientDatabaseError(gone) && isDatabaseAway(gone));
  for (const other of [new Error('anything'), Object.assign(new Error('not the database'), { code: '53100' }), undefined, null]) t.notOk(isTransientDatabaseError(other));
});
