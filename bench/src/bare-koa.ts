/**
 * The limit for the gateway: Koa, a pool like its own, and one SELECT by key.
 */
import Koa from 'koa';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 10 });
const app = new Koa();
app.use(async (ctx) => {
  if (ctx.path === '/readyz') {
    ctx.body = 'ok';
    return;
  }
  const id = ctx.path.slice(1);
  const { rows } = await pool.query<{ id: string; status: string; created_at: Date }>({
    name: 'bare',
    text: 'SELECT id, status, created_at FROM course_map_states WHERE id = $1',
    values: [id],
  });
  ctx.body = rows[0];
});
app.listen(Number(process.env['PORT']), '127.0.0.1');
