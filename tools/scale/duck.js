// duck.js
// usage: duck.js load  OUT FIELDS PORT,PORT   OUT/csv/*.csv becomes OUT/frames.parquet
//        duck.js ask   OUT FILE.sql...        each answer goes to OUT/answers/*.csv and is shown
//        duck.js equal OUT OUT                compares the rows of two runs
//
// DUCKDB is the directory in which npm has installed @duckdb/node-api.
//
// Copyright the TRADE for Wireshark authors
// SPDX-License-Identifier: GPL-2.0-or-later
'use strict';
const fs = require('fs');
const path = require('path');
const { createRequire } = require('module');

const SQL = path.join(__dirname, 'sql');
const SHOWN = 10;
// What -E aggregator= is: no text has it but one that means harm.
const BETWEEN = 'chr(31)';

const quote = (text) => `'${text.replaceAll("'", "''")}'`;
const parquet = (out) => `read_parquet(${quote(path.join(out, 'frames.parquet'))})`;

function readFields(file) {
  return fs.readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => line.split('\t'));
}

// Returns SQL that makes a column of what tshark printed: a list of values, the time
// (in seconds since 1970), or the first of the values.
function convert([name, , type]) {
  const list = `string_split(${name}, ${BETWEEN})`;
  if (type.endsWith('[]')) {
    return `CASE WHEN ${name} IS NULL THEN [] ELSE ${list} END::${type} AS ${name}`;
  }
  if (type === 'TIMESTAMP_NS') {
    return `make_timestamp_ns(split_part(${name}, '.', 1)::BIGINT * 1000000000
              + rpad(split_part(${name}, '.', 2), 9, '0')::BIGINT) AS ${name}`;
  }
  return `${list}[1]::${type} AS ${name}`;
}

async function load(db, [out, fieldsFile, ports]) {
  const fields = readFields(fieldsFile);
  const types = fields.map(([name]) => `${name}: 'VARCHAR'`).join(', ');
  const files = quote(path.join(out, 'csv', '*.csv'));
  await db.run(`COPY (
    WITH lines AS (
      SELECT * FROM read_csv(${files}, columns = {${types}}, header = false, delim = '\t',
                             quote = '', escape = '', filename = true, nullstr = '',
                             max_line_size = 16777216)),
    typed AS (
      SELECT regexp_extract(filename, '([^/]*)\\.csv$', 1) AS shard,
             ${fields.map(convert).join(', ')} FROM lines),
    ends AS (
      SELECT *, dst_port IN (${ports}) AS from_module,
             coalesce(src4, src6) || ':' || src_port AS src,
             coalesce(dst4, dst6) || ':' || dst_port AS dst FROM typed)
    SELECT * EXCLUDE (src4, src6, dst4, dst6, src, dst),
           CASE WHEN from_module THEN dst ELSE src END AS multiplexer,
           CASE WHEN from_module THEN src ELSE dst END AS module_end
    FROM ends ORDER BY shard, number
  ) TO ${quote(path.join(out, 'frames.parquet'))} (FORMAT parquet)`);
}

async function ask(db, [out, ...files]) {
  const answers = path.join(out, 'answers');
  fs.mkdirSync(answers, { recursive: true });
  await db.run(`CREATE VIEW frames AS FROM ${parquet(out)}`);
  await db.run(fs.readFileSync(path.join(SQL, 'views.sql'), 'utf8'));
  for (const file of files) {
    const name = path.basename(file, '.sql');
    const answer = path.join(answers, `${name}.csv`);
    await db.run(`COPY (${fs.readFileSync(file, 'utf8')}\n) TO ${quote(answer)} (HEADER)`);
    const lines = fs.readFileSync(answer, 'utf8').trimEnd().split('\n');
    console.log(`\n${name} (${lines.length - 1} rows)`);
    console.log(lines.slice(0, SHOWN + 1).join('\n'));
  }
}

// A frame is named anew: numbers, streams and sessions count within a shard. What
// names a frame is its time, its ends and its sequence number.
function comparable(name, out) {
  const frame = `concat_ws(' ', time, multiplexer, module_end, from_module, seq)`;
  const references = ['report_ping', 'report_pong', 'response_to', 'response_in'];
  return `
    CREATE TABLE ${name}_frames AS
      SELECT *, ${frame} AS frame, row_number() OVER () AS row FROM ${parquet(out)};
    CREATE TABLE ${name}_sessions AS
      SELECT shard, s AS session, arg_min(frame, number) || ' ' || arg_min(place, number) AS begin
      FROM (SELECT shard, number, frame, unnest(session) AS s,
                   unnest(range(1, len(session) + 1)) AS place FROM ${name}_frames)
      GROUP BY shard, s;
    ${references.map((field) => `
    CREATE TABLE ${name}_${field} AS
      SELECT mine_row AS row, list(coalesce(other.frame, '?') ORDER BY place) AS frames
      FROM (SELECT row AS mine_row, shard, unnest(${field}) AS number,
                   unnest(range(1, len(${field}) + 1)) AS place
            FROM ${name}_frames WHERE len(${field}) > 0) mine
      LEFT JOIN ${name}_frames other USING (shard, number) GROUP BY mine_row;`).join('')}
    CREATE TABLE ${name}_begins AS
      SELECT row, list(begin ORDER BY place) AS frames
      FROM (SELECT row, shard, unnest(session) AS session,
                   unnest(range(1, len(session) + 1)) AS place FROM ${name}_frames) mine
      JOIN ${name}_sessions USING (shard, session) GROUP BY row;
    CREATE TABLE ${name} AS
      SELECT frame, sender, length, receiver, keyword, greeting, module, reported, on_wire,
             off_wire, response_time, ping_interval, send_delay, session_user, session_client,
             gap_bytes, unanswered, late, uncertain, b.frames AS session,
             ${references.map((field) => `${field}_.frames AS ${field}`).join(', ')}
      FROM ${name}_frames LEFT JOIN ${name}_begins b USING (row)
      ${references.map((field) => `LEFT JOIN ${name}_${field} ${field}_ USING (row)`).join('\n')};`;
}

async function count(db, sql) {
  const reader = await db.runAndReadAll(`SELECT count(*) FROM (${sql})`);
  return Number(reader.getRows()[0][0]);
}

async function equal(db, [one, other]) {
  await db.run(comparable('one', one));
  await db.run(comparable('other', other));
  const rows = [await count(db, 'FROM one'), await count(db, 'FROM other')];
  const only = [await count(db, 'FROM one EXCEPT ALL FROM other'),
                await count(db, 'FROM other EXCEPT ALL FROM one')];
  console.log(`rows: ${rows.join(' and ')}; only in the first: ${only[0]}, `
              + `in the second: ${only[1]}`);
  const columns = (await db.runAndReadAll('DESCRIBE one')).getRows().map((row) => row[0]);
  for (const column of only[0] + only[1] ? columns : []) {
    const differ = await count(db, `SELECT 1 FROM one JOIN other USING (frame)
                                    WHERE one.${column} IS DISTINCT FROM other.${column}`);
    if (differ) console.log(`  ${column} differs in ${differ} rows`);
  }
  if (rows[0] === 0 || only[0] + only[1]) process.exitCode = 1;
}

// What each takes at least.
const COMMANDS = { load: [load, 3], ask: [ask, 2], equal: [equal, 2] };

function usage() {
  const [head] = fs.readFileSync(__filename, 'utf8').split('\n//\n// Copyright');
  return head.split('\n').slice(1).map((line) => line.replace(/^\/\/ ?/, '')).join('\n');
}

async function main([command, ...args]) {
  if (['-h', '--help'].includes(command)) {
    console.log(usage());
    return;
  }
  const [run, least] = COMMANDS[command] || [];
  if (!run || args.length < least) {
    console.error(usage());
    process.exitCode = 2;
    return;
  }
  if (!process.env.DUCKDB) throw new Error('DUCKDB is not set');
  const { DuckDBInstance } = createRequire(path.resolve(process.env.DUCKDB, 'x'))('@duckdb/node-api');
  const db = await (await DuckDBInstance.create(':memory:')).connect();
  await db.run("SET TimeZone = 'UTC'");
  await run(db, args);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(`duck.js: ${error.message}`);
  process.exitCode = 1;
});
