// duck.js
// usage: duck.js load  OUT FILE.sql...  OUT/rows/*.rows become OUT/pdus/ and OUT/*.parquet; asks
//        duck.js ask   OUT FILE.sql...  each answer goes to OUT/answers/*.csv and is shown
//        duck.js equal OUT OUT          compares the PDUs of two runs
//
// DUCKDB is the directory in which npm has installed @duckdb/node-api.
//
// Copyright the TRADE for Wireshark authors
// SPDX-License-Identifier: GPL-2.0-or-later
'use strict';
const fs = require('fs');
const path = require('path');
const { execFileSync } = require('child_process');
const { createRequire } = require('module');

const SQL = path.join(__dirname, 'sql');
const SHOWN = 10;
const BATCH = 2 ** 28; // bytes of rows that are loaded at a time
// The kinds of rows that load() knows; any other becomes a table as it is.
const KNOWN = ['pdu', 'later', 'connection', 'end'];
// What is no text, in these. Of others DuckDB finds that out.
const TYPES = { number: 'UINTEGER', place: 'UINTEGER', time: 'BIGINT', stream: 'UINTEGER',
                from_module: 'BOOLEAN', sender: 'UTINYINT', length: 'UINTEGER',
                receiver: 'USMALLINT', reported: 'DOUBLE', on_wire: 'DOUBLE',
                report_ping: 'UINTEGER', report_pong: 'UINTEGER', response_to: 'UINTEGER',
                response_in: 'UINTEGER', response_time: 'DOUBLE', ping_interval: 'DOUBLE',
                send_delay: 'DOUBLE', unanswered: 'BOOLEAN', late: 'BOOLEAN',
                uncertain: 'UTINYINT', gap_bytes: 'UINTEGER', session: 'UINTEGER',
                conn_id: 'USMALLINT' };

const quote = (text) => `'${text.replaceAll("'", "''")}'`;
const quoteName = (name) => `"${name.replaceAll('"', '""')}"`;
const table = (out, name) => `read_parquet(${quote(path.join(out, `${name}.parquet`))})`;

// Returns SQL for the rows of all shards in a directory of OUT, which has a directory for each
// shard below others of such names, KEY=VALUE: DuckDB's PARTITION_BY writes them.
function hive(out, directory, keys) {
  const files = path.join(out, directory, ...keys.map(() => '*'), '*.parquet');
  const types = keys.map((key) => `${key}: ${key === 'day' ? 'DATE' : 'VARCHAR'}`).join(', ');
  // Of other kinds, another version of the plugin may write other columns.
  return `(FROM read_parquet(${quote(files)}, hive_types = {${types}},
                             union_by_name = ${directory !== 'pdus'}))`;
}

// Writes rows of shards into such a directory.
async function saveByKeys(db, out, directory, keys, sql) {
  fs.mkdirSync(path.join(out, directory), { recursive: true });
  await db.run(`COPY (${sql}) TO ${quote(path.join(out, directory))}
    (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (${keys.join(', ')}), APPEND)`);
}

// Returns the directories of shards below one.
function findShards(directory) {
  if (!fs.existsSync(directory)) return [];
  return fs.readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    .map((entry) => path.join(directory, entry.name))
    .flatMap((found) => (path.basename(found).startsWith('shard=') ? [found] : findShards(found)));
}

const PDU_KEYS = ['day', 'multiplexer', 'shard'];
// The PDUs of a run, if it has any.
const pdus = (out) => (findShards(path.join(out, 'pdus')).length ? hive(out, 'pdus', PDU_KEYS)
  : table(path.join(out, 'parts'), 'pdus'));

// Puts the rows of each kind into a file KIND.tsv of a directory, with the name of their
// shard before them, and the names of the columns once.
function split(files, directory) {
  fs.rmSync(directory, { recursive: true, force: true });
  fs.mkdirSync(directory);
  execFileSync('awk', ['-v', `directory=${directory}`, '-f', path.join(__dirname, 'split.awk'),
                       ...files], { stdio: 'inherit' });
}

// Returns SQL that reads a file of split()'s: its columns without the second, the kind.
function read(file, types) {
  const fd = fs.openSync(file);
  const start = Buffer.alloc(65536);
  const columns = start.toString('utf8', 0, fs.readSync(fd, start)).split('\n')[0].split('\t');
  fs.closeSync(fd);
  columns.splice(1, 1, 'kind');
  // Two columns of a table may have one title.
  const names = columns.map((name, i) => (columns.indexOf(name) === i ? name : `${name}_${i}`));
  const typed = names.map((name) => `${quote(name)}: '${types[name] || 'VARCHAR'}'`);
  const texts = names.slice(2).filter((name) => !types[name]).map((name) => `
    replace(replace(replace(replace(${quoteName(name)}, '\\t', chr(9)), '\\n', chr(10)),
            '\\r', chr(13)), '\\s', chr(92)) AS ${quoteName(name)}`);
  return `(SELECT * EXCLUDE kind ${texts.length ? `REPLACE (${texts.join(',')})` : ''}
           FROM read_csv(${quote(file)}, header = true, delim = '\t', quote = '', escape = '',
                         nullstr = '', max_line_size = 16777216, auto_detect = false,
                         columns = {${typed.join(', ')}}))`;
}

// Makes a table of OUT/NAME.parquet that is there only when it is whole.
async function save(db, out, name, sql) {
  const file = path.join(out, `${name}.parquet`);
  await db.run(`COPY (${sql}) TO ${quote(`${file}.new`)} (FORMAT parquet, COMPRESSION zstd)`);
  fs.renameSync(`${file}.new`, file);
}

// Returns SQL that makes a table of another statistic's rows: numbers where all are, and of what
// tells of a connection, whose it is and when.
async function describe(db, sql) {
  const columns = (await db.runAndReadAll(`DESCRIBE ${sql}`)).getRows().map((row) => row[0]);
  const found = await db.runAndReadAll(`SELECT ${columns.map((name) => `
    count(${quoteName(name)}) > 0 AND bool_and(try_cast(${quoteName(name)} AS DOUBLE) IS NOT NULL
      OR ${quoteName(name)} IS NULL)`).join(', ')} FROM ${sql}`);
  const cast = columns.map((name, i) => `
    ${found.getRows()[0][i] && name !== 'shard'
      ? `${quoteName(name)}::DOUBLE AS ${quoteName(name)}` : quoteName(name)}`).join(', ');
  // A day's shard may have connections, or nothing else, of the days beside it.
  if (!columns.includes('stream')) {
    return `SELECT ${cast} FROM ${sql}
            WHERE NOT contains(shard, '_') OR shard IN (SELECT shard FROM connections)`;
  }
  return `SELECT c.multiplexer, c.first, c.last, t.* FROM (SELECT ${cast} FROM ${sql}) t
          LEFT JOIN connections c USING (shard, stream)
          WHERE NOT contains(shard, '_') OR c.shard IS NOT NULL`;
}

// Removes the rows of shards that are to be loaded anew, or are there no more.
function forget(out) {
  const loaded = new Set(fs.readdirSync(path.join(out, 'loaded')));
  const isOver = (shard) => loaded.has(shard) && !fs.existsSync(path.join(out, 'rows', `${shard}.rows`));
  [...findShards(path.join(out, 'pdus')), ...findShards(path.join(out, 'parts'))]
    .filter((found) => !isOver(path.basename(found).slice('shard='.length)))
    .forEach((found) => fs.rmSync(found, { recursive: true }));
}

// Loads the rows of new shards: PDUs by day and Multiplexer, all else by shard.
async function loadShards(db, out, directory) {
  const from = (kind) => read(path.join(directory, `${kind}.tsv`), TYPES);
  // A day's shard is named after it, and has some of the days beside it.
  const isOwn = "regexp_extract(shard, '_(.+)', 1) IN ('', day::VARCHAR)";
  const sql = `
    SELECT p.shard, number, place, make_timestamp_ns(p.time) AS time,
           make_timestamp(p.time // 1000)::DATE AS day, p.stream, c.multiplexer,
           c.module_end, from_module, sender, length, receiver, receiver <> 65535 AS is_data,
           keyword, greeting, module, reported, on_wire,
           CASE WHEN on_wire IS NOT NULL THEN greatest(reported - on_wire, 0) END AS off_wire, report_ping, report_pong,
           coalesce(l.response_to, p.response_to) AS response_to, response_in, response_time,
           ping_interval, send_delay, coalesce(unanswered, false) AS unanswered,
           coalesce(late, false) AS late,
           coalesce(CASE WHEN l.number IS NULL THEN p.uncertain ELSE l.uncertain END, 0)::UTINYINT
             AS uncertain, gap_bytes, session, conn_id, session_user, session_client
    FROM ${from('pdu')} p LEFT JOIN ${from('later')} l USING (shard, number, place)
    JOIN ${from('connection')} c USING (shard, stream)`;
  await db.run(`CREATE TABLE dissected AS FROM (${sql}) ORDER BY shard, number, place`);
  await db.run(`CREATE VIEW pdus AS FROM dissected WHERE ${isOwn}`);
  await saveByKeys(db, out, 'pdus', PDU_KEYS, 'FROM pdus');
  await saveByKeys(db, out, 'parts/connections', ['shard'],
                   fs.readFileSync(path.join(SQL, 'views', 'connections.sql'), 'utf8'));
  await save(db, path.join(out, 'parts'), 'pdus', 'FROM pdus LIMIT 0');
  await saveByKeys(db, out, 'parts/edges', ['shard'], `
    SELECT DISTINCT shard, number, time, multiplexer, module_end, from_module
    FROM dissected WHERE NOT ${isOwn}`);
  await db.run('DROP VIEW pdus; DROP TABLE dissected');
  for (const file of fs.readdirSync(directory)) {
    const kind = path.basename(file, '.tsv');
    if (!KNOWN.includes(kind)) {
      await saveByKeys(db, out, `parts/${kind}`, ['shard'], `FROM ${read(path.join(directory, file), {})}`);
    }
  }
}

// Returns files in lists of about BATCH bytes.
function makeBatches(files) {
  const batches = [];
  let size = BATCH;
  for (const file of files) {
    if (size >= BATCH) {
      batches.push([]);
      size = 0;
    }
    batches[batches.length - 1].push(file);
    size += fs.statSync(file).size;
  }
  return batches;
}

async function load(db, [out, ...files]) {
  const directory = path.join(out, 'split');
  const rows = path.join(out, 'rows');
  forget(out);
  for (const batch of makeBatches(fs.readdirSync(rows).filter((name) => name.endsWith('.rows'))
    .map((name) => path.join(rows, name)))) {
    split(batch, directory);
    await loadShards(db, out, directory);
    batch.forEach((file) => fs.writeFileSync(path.join(out, 'loaded', path.basename(file, '.rows')), ''));
    batch.forEach((file) => fs.rmSync(file));
  }
  fs.rmSync(directory, { recursive: true, force: true });
  const kinds = fs.readdirSync(path.join(out, 'parts')).filter((name) => !name.endsWith('.parquet'));
  // Others ask whose connections they tell of.
  for (const kind of ['connections', ...kinds.filter((name) => name !== 'connections')]) {
    if (!findShards(path.join(out, 'parts', kind)).length) {
      fs.rmSync(path.join(out, `${kind}.parquet`), { force: true });
    } else if (kind === 'edges') {
      await save(db, out, kind, `FROM ${hive(out, 'parts/edges', ['shard'])}`);
    } else if (kind === 'connections') {
      const names = fs.readFileSync(path.join(SQL, 'views', 'names.sql'), 'utf8');
      await save(db, out, kind, `WITH found AS ${hive(out, 'parts/connections', ['shard'])} ${names}`);
      await db.run(`CREATE VIEW connections AS FROM ${table(out, 'connections')}`);
    } else {
      await save(db, out, kind, await describe(db, hive(out, `parts/${kind}`, ['shard'])));
    }
  }
  await ask(db, [out, ...files]);
}

// Makes the tables of a run, and the views over them, known by their names.
async function createViews(db, out) {
  await db.run(`CREATE VIEW pdus AS FROM ${pdus(out)}`);
  for (const file of fs.readdirSync(out).filter((name) => name.endsWith('.parquet'))) {
    const name = path.basename(file, '.parquet');
    await db.run(`CREATE OR REPLACE VIEW ${quoteName(name)} AS FROM ${table(out, name)}`);
  }
  await db.run(fs.readFileSync(path.join(SQL, 'views', 'views.sql'), 'utf8'));
}

// Answers a question, and returns SQL for that, with its texts safe to open: a spreadsheet takes
// a cell that begins with one of these signs for a formula, unless an apostrophe is before it.
async function answerSafely(db, sql) {
  await db.run(`CREATE OR REPLACE TEMP TABLE found AS ${sql}`);
  const columns = (await db.runAndReadAll('DESCRIBE found')).getRows().map(([name, type]) => {
    const cell = quoteName(name);
    return type === 'VARCHAR' ? `CASE WHEN regexp_matches(${cell}, '^[-=+@]')
      THEN concat(chr(39), ${cell}) ELSE ${cell} END AS ${cell}` : cell;
  });
  return `SELECT ${columns.join(', ')} FROM found`;
}

async function ask(db, [out, ...files]) {
  const answers = path.join(out, 'answers');
  fs.mkdirSync(answers, { recursive: true });
  await createViews(db, out);
  for (const file of files) {
    const name = path.basename(file, '.sql');
    const answer = path.join(answers, `${name}.csv`);
    const rows = await answerSafely(db, fs.readFileSync(file, 'utf8'));
    await db.run(`COPY (${rows}) TO ${quote(answer)} (HEADER)`);
    const lines = fs.readFileSync(answer, 'utf8').trimEnd().split('\n');
    console.log(`\n${name} (${lines.length - 1} rows)`);
    console.log(lines.slice(0, SHOWN + 1).join('\n'));
  }
}

// A frame is named anew: numbers, streams and sessions count within a shard. What names a PDU
// is its time, its ends and its place in the frame.
function comparable(name, out) {
  const frame = "concat_ws(' ', time, multiplexer, module_end, from_module)";
  const references = ['report_ping', 'report_pong', 'response_to', 'response_in'];
  return `
    CREATE TABLE ${name}_pdus AS SELECT *, ${frame} AS frame FROM ${pdus(out)};
    CREATE TABLE ${name}_frames AS SELECT DISTINCT shard, number, frame FROM ${name}_pdus${
  fs.existsSync(path.join(out, 'edges.parquet'))
    ? ` UNION SELECT shard, number, ${frame} FROM ${table(out, 'edges')}` : ''};
    CREATE TABLE ${name}_sessions AS
      SELECT shard, session, arg_min(concat_ws(' ', frame, place), (number, place)) AS begin
      FROM ${name}_pdus WHERE session IS NOT NULL GROUP BY shard, session;
    CREATE TABLE ${name} AS
      SELECT concat_ws(' ', p.frame, place) AS pdu,
             p.* EXCLUDE (shard, number, stream, frame, session, ${references.join(', ')}),
             ${references.map((field) => `CASE WHEN ${field} IS NOT NULL
               THEN coalesce(${field}_.frame, '?') END AS ${field}`).join(', ')},
             s.begin AS session
      FROM ${name}_pdus p LEFT JOIN ${name}_sessions s USING (shard, session)
      ${references.map((field) => `LEFT JOIN ${name}_frames ${field}_
        ON ${field}_.shard = p.shard AND ${field}_.number = p.${field}`).join('\n')};`;
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
    const differ = await count(db, `SELECT 1 FROM one JOIN other USING (pdu)
                                    WHERE one.${column} IS DISTINCT FROM other.${column}`);
    if (differ) console.log(`  ${column} differs in ${differ} rows`);
  }
  if (rows[0] === 0 || only[0] + only[1]) process.exitCode = 1;
}

// What each takes at least.
const COMMANDS = { load: [load, 2], ask: [ask, 2], equal: [equal, 2] };

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
