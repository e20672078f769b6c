// cut.js
// usage: cut.js SHARDS PORT,PORT OUT [days] <LIST
//        Puts each frame of the captures that LIST names, a line each, into the directory
//        OUT/shards/N of its Multiplexer, in a file for each capture. 1 as SHARDS takes all
//        frames, 0 each capture as it is. With "days", a Multiplexer's day is a shard.
//
// By time, 248 276 of 1.8 million PDUs in eight files lost their session, user or client; by
// connection, 4 627 of 12 341 reports found their Pings.
//
// OUT/captures says which were cut before, and are not read again. What is neither pcap nor
// pcapng, as what is compressed, is read by way of editcap.
//
// Copyright the TRADE for Wireshark authors
// SPDX-License-Identifier: GPL-2.0-or-later
'use strict';
const fs = require('fs');
const path = require('path');
const { spawn, execFileSync } = require('child_process');
const { createHash } = require('crypto');

const READ = 1 << 18; // bytes at a time
const WRITE = 1 << 16;
const FRAME_MAX = 1 << 28; // a frame's length beyond that is damage
const LINK_ETHERNET = 1;
const LINK_LOOPBACK = [0, 108];
const LINK_RAW = [12, 14, 101, 228, 229];
const LINK_COOKED = 113;
const LINK_COOKED_2 = 276;
const VLAN_TAGS = [0x8100, 0x88a8, 0x9100];
const TCP = 6;
const HEAD = 4096; // bytes that a capture is known by
const DAY = 86400;
const MARGIN = 900; // seconds that a day's shard has of the days beside it
const IPV6_OPTIONS = [0, 43, 60];

// ---- Reading ----

// The bytes of a file or FIFO, one after the other.
class Bytes {
  constructor(file) {
    this.fd = fs.openSync(file);
    this.buffer = Buffer.allocUnsafe(READ);
    this.start = this.end = this.read = 0;
  }

  // Has so many bytes stand at start. Returns false where the file ends before them.
  need(count) {
    if (this.end - this.start >= count) return true;
    const buffer = count > this.buffer.length ? Buffer.allocUnsafe(2 * count) : this.buffer;
    this.buffer.copy(buffer, 0, this.start, this.end);
    this.end -= this.start;
    this.start = 0;
    this.buffer = buffer;
    while (this.end < count) {
      const got = fs.readSync(this.fd, buffer, this.end, buffer.length - this.end, null);
      if (got === 0) return false;
      this.end += got;
      this.read += got;
    }
    return true;
  }

  close() {
    fs.closeSync(this.fd);
  }
}

// The frames of a pcap file. next() returns whether there is one more, and then seconds and
// nanoseconds, link, original (its length on the wire), and where it stands in bytes.
class Pcap {
  constructor(bytes, isLittle, isNano) {
    const header = bytes.buffer;
    Object.assign(this, { bytes, isLittle, unit: isNano ? 1 : 1000, seconds: 0, nanoseconds: 0,
                          original: 0, start: 0, length: 0 });
    this.link = (isLittle ? header.readUInt32LE(20) : header.readUInt32BE(20)) & 0xffff;
    bytes.start = 24;
  }

  next() {
    const { bytes } = this;
    if (!bytes.need(16)) return false;
    let { buffer, start } = bytes;
    const get = (at) => (this.isLittle ? buffer.readUInt32LE(at) : buffer.readUInt32BE(at));
    this.seconds = get(start);
    this.nanoseconds = get(start + 4) * this.unit;
    this.length = get(start + 8);
    this.original = get(start + 12);
    if (this.length > FRAME_MAX || !bytes.need(16 + this.length)) return false;
    this.start = bytes.start + 16;
    bytes.start = this.start + this.length;
    return true;
  }
}

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const OLD_PACKET = 2;
const PACKET = 6;
const OPTION_RESOLUTION = 9;
const OPTION_OFFSET = 14;

// The frames of a pcapng file, as Pcap gives them.
class Pcapng {
  constructor(bytes) {
    Object.assign(this, { bytes, isLittle: true, interfaces: [], seconds: 0, nanoseconds: 0,
                          link: 0, original: 0, start: 0, length: 0 });
  }

  get(at) {
    return this.isLittle ? this.bytes.buffer.readUInt32LE(at) : this.bytes.buffer.readUInt32BE(at);
  }

  get16(at) {
    return this.isLittle ? this.bytes.buffer.readUInt16LE(at) : this.bytes.buffer.readUInt16BE(at);
  }

  next() {
    const { bytes } = this;
    while (bytes.need(12)) {
      const type = this.get(bytes.start);
      if (type === SECTION) {
        this.isLittle = bytes.buffer.readUInt32LE(bytes.start + 8) === 0x1a2b3c4d;
        this.interfaces = [];
      }
      const length = this.get(bytes.start + 4);
      if (length < 12 || length > FRAME_MAX || !bytes.need(length)) return false;
      const at = bytes.start;
      bytes.start += length;
      if (type === INTERFACE) this.addInterface(at, length);
      if (type === PACKET || type === OLD_PACKET) {
        this.setFrame(at, type);
        return true;
      }
    }
    return false;
  }

  // Learns an interface's link type, and what its times are counted in and from.
  addInterface(at, length) {
    const found = { link: this.get16(at + 8), units: 1000000n, offset: 0n };
    for (let option = at + 16; option + 4 < at + length - 4;) {
      const code = this.get16(option);
      const value = this.bytes.buffer[option + 4];
      if (code === OPTION_RESOLUTION) {
        found.units = value & 0x80 ? 1n << BigInt(value & 0x7f) : 10n ** BigInt(value);
      } else if (code === OPTION_OFFSET) {
        const read = this.isLittle ? 'readBigInt64LE' : 'readBigInt64BE';
        found.offset = this.bytes.buffer[read](option + 4);
      }
      option += 4 + ((this.get16(option + 2) + 3) & ~3);
    }
    found.isMicro = found.units === 1000000n && found.offset === 0n;
    this.interfaces.push(found);
  }

  setFrame(at, type) {
    const from = this.interfaces[type === PACKET ? this.get(at + 8) : this.get16(at + 8)];
    const high = this.get(at + 12), low = this.get(at + 16);
    if (!from) throw new Error('a frame of no interface');
    this.link = from.link;
    this.length = this.get(at + 20);
    this.original = this.get(at + 24);
    this.start = at + 28;
    if (from.isMicro) {
      const time = high * 2 ** 32 + low;
      this.seconds = Math.floor(time / 1e6);
      this.nanoseconds = (time - this.seconds * 1e6) * 1000;
      return;
    }
    const time = (BigInt(high) << 32n) + BigInt(low);
    this.seconds = Number(time / from.units + from.offset);
    this.nanoseconds = Number(time % from.units * 1000000000n / from.units);
  }
}

const MAGIC = { 0xa1b2c3d4: [true, false], 0xa1b23c4d: [true, true],
                0xd4c3b2a1: [false, false], 0x4d3cb2a1: [false, true] };

// Returns the frames of what stands in bytes, or undefined.
function readFrames(bytes) {
  if (!bytes.need(24)) return undefined;
  const magic = bytes.buffer.readUInt32LE(0);
  if (magic === SECTION) return new Pcapng(bytes);
  return MAGIC[magic] && new Pcap(bytes, ...MAGIC[magic]);
}

// Opens captures, those that editcap has to convert by way of a FIFO in a directory that goes where
// this is ended.
class Opener {
  constructor(directory) {
    this.fifo = path.join(directory, 'frames.fifo');
  }

  // Returns a capture's frames, and when is over what says what went wrong, or nothing.
  open(file) {
    const bytes = new Bytes(file);
    const frames = readFrames(bytes);
    if (frames) return { frames, over: Promise.resolve() };
    bytes.close();
    return this.convert(file);
  }

  convert(file) {
    const { fifo } = this;
    fs.rmSync(fifo, { force: true });
    execFileSync('mkfifo', [fifo]);
    const child = spawn('sh', ['-c', 'exec editcap -F pcapng "$1" - >"$2"', 'sh', file, fifo],
                        { stdio: ['ignore', 'ignore', 'inherit'] });
    const over = new Promise((done, fail) => child.on('close', (status) => {
      if (status) fail(new Error(`editcap failed on ${file}`));
      else done();
    }));
    const bytes = new Bytes(fifo);
    fs.unlinkSync(fifo);
    return { frames: readFrames(bytes) || new Pcapng(bytes), over };
  }
}

// Returns a capture's name as it is when it is not packed.
const unpacked = (file) => file.replace(/\.(gz|zst|lz4)$/i, '');

// ---- Whose a frame is ----

// Returns two bytes as a number; what is behind the buffer's end counts as 0.
const get16 = (buffer, at) => (buffer[at] << 8) | buffer[at + 1];

// Returns where a frame's IP header begins; -1: it has none.
function findIp(buffer, { link, start }) {
  let at = start + 12;
  if (link === LINK_ETHERNET) {
    while (VLAN_TAGS.includes(get16(buffer, at))) at += 4;
  } else if (link === LINK_COOKED) {
    at = start + 14;
  } else if (link === LINK_COOKED_2) {
    return start + 20;
  } else if (LINK_LOOPBACK.includes(link)) {
    return start + 4;
  } else if (LINK_RAW.includes(link)) {
    return start;
  } else {
    throw new Error(`link type ${link} is not known: try -s 1`);
  }
  const type = get16(buffer, at);
  return type === 0x0800 || type === 0x86dd ? at + 2 : -1;
}

// Returns where the TCP header begins behind an IPv6 header; -1: there is none.
function findTcp6(buffer, ip) {
  let type = buffer[ip + 6], at = ip + 40;
  while (IPV6_OPTIONS.includes(type)) {
    type = buffer[at];
    at += 8 * (buffer[at + 1] + 1);
  }
  return type === TCP ? at : -1;
}

// Returns where the TCP header begins behind an IPv4 header; -1: there is none.
function findTcp4(buffer, ip) {
  const length = 4 * (buffer[ip] & 15);
  const isLaterFragment = get16(buffer, ip + 6) & 0x1fff;
  return buffer[ip + 9] === TCP && length >= 20 && !isLaterFragment ? ip + length : -1;
}

// Returns what names the Multiplexer of a frame; undefined: it has none.
function findMultiplexer(frame, ports) {
  const { buffer } = frame.bytes;
  const ip = findIp(buffer, frame);
  if (ip < 0) return undefined;
  const is6 = buffer[ip] >> 4 === 6;
  const tcp = is6 ? findTcp6(buffer, ip) : findTcp4(buffer, ip);
  if (tcp < 0 || tcp + 4 > frame.start + frame.length) return undefined;
  const isTo = ports[get16(buffer, tcp + 2)];
  const port = get16(buffer, isTo ? tcp + 2 : tcp);
  if (!ports[port]) return undefined;
  if (!is6) return buffer.readUInt32BE(ip + (isTo ? 16 : 12)) * 65536 + port;
  const addr = ip + (isTo ? 24 : 8);
  return `${buffer.latin1Slice(addr, addr + 16)}${port}`;
}

// ---- Writing ----

// A capture's frames of one shard: a pcap file.
class Piece {
  constructor(file, link) {
    this.fd = fs.openSync(file, 'w');
    this.buffer = Buffer.allocUnsafe(WRITE);
    this.link = link;
    [0xa1b23c4d, 0x00040002, 0, 0, 262144, link].forEach((value, i) => {
      this.buffer.writeUInt32LE(value, 4 * i);
    });
    this.end = 24;
  }

  flush() {
    for (let done = 0; done < this.end;) {
      done += fs.writeSync(this.fd, this.buffer, done, this.end - done);
    }
    this.end = 0;
  }

  add(frame) {
    const size = 16 + frame.length;
    if (this.end + size > this.buffer.length) this.flush();
    if (size > this.buffer.length) this.buffer = Buffer.allocUnsafe(size);
    const { buffer, end } = this;
    buffer.writeUInt32LE(frame.seconds, end);
    buffer.writeUInt32LE(frame.nanoseconds, end + 4);
    buffer.writeUInt32LE(frame.length, end + 8);
    buffer.writeUInt32LE(frame.original, end + 12);
    frame.bytes.buffer.copy(buffer, end + 16, frame.start, frame.start + frame.length);
    this.end += size;
  }

  close() {
    this.flush();
    fs.closeSync(this.fd);
  }
}

// The Multiplexers in the order in which they came: each has a shard of its own, until there are so
// many that some must share one. What is known of them is kept in a file.
class Multiplexers {
  constructor(file, most, ports) {
    const known = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {};
    Object.assign(this, { file, most, link: known.link, numbers: new Map(), isNew: false });
    (known.keys || []).forEach((key, i) => this.numbers.set(key, i));
    this.ports = new Uint8Array(65536);
    ports.forEach((port) => { this.ports[port] = 1; });
  }

  // Returns the number of a frame's shard; undefined: it has none.
  find(frame) {
    const key = this.most === 1 ? 0 : findMultiplexer(frame, this.ports);
    if (key === undefined) return undefined;
    if (this.link !== frame.link) this.setLink(frame.link);
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.numbers.size;
      this.numbers.set(key, number);
      this.isNew = true;
    }
    return number % this.most;
  }

  setLink(link) {
    if (this.link !== undefined) throw new Error('captures of different link types');
    this.link = link;
    this.isNew = true;
  }

  save() {
    if (this.isNew) write(this.file, JSON.stringify({ link: this.link, keys: [...this.numbers.keys()] }));
    this.isNew = false;
  }
}

// Returns the day of a number of seconds, 0 for 1970's first.
const getDay = (seconds) => Math.floor(seconds / DAY);

// What shards get of one capture: OUT/cutting/SHARD, which are moved when all are whole.
class Pieces {
  constructor(multiplexers, byDays, directory) {
    Object.assign(this, { multiplexers, byDays, directory, pieces: new Map() });
    fs.rmSync(directory, { recursive: true, force: true });
    fs.mkdirSync(directory);
  }

  add(frame) {
    const number = this.multiplexers.find(frame);
    if (number === undefined) return;
    if (!this.byDays) {
      this.get(number).add(frame);
      return;
    }
    const last = getDay(frame.seconds + MARGIN);
    for (let day = getDay(frame.seconds - MARGIN); day <= last; day++) this.get(number, day).add(frame);
  }

  get(number, day) {
    const key = day === undefined ? number : (number + 1) * 2 ** 24 + day;
    let piece = this.pieces.get(key);
    if (!piece) {
      const date = day === undefined ? '' : `_${new Date(day * DAY * 1000).toISOString().slice(0, 10)}`;
      piece = new Piece(path.join(this.directory, `${number}${date}`), this.multiplexers.link);
      this.pieces.set(key, piece);
    }
    return piece;
  }

  close() {
    this.pieces.forEach((piece) => piece.close());
  }
}

// ---- What a directory of results has ----

// Writes a file that is there only when it is whole.
function write(file, text) {
  fs.writeFileSync(`${file}.new`, text);
  fs.renameSync(`${file}.new`, file);
}

// Returns what names a capture wherever it lies: its size, when it was written, and how it begins.
function identify(file) {
  const { size, mtimeNs } = fs.statSync(file, { bigint: true });
  const fd = fs.openSync(file);
  const head = Buffer.alloc(HEAD);
  const read = fs.readSync(fd, head);
  fs.closeSync(fd);
  return createHash('sha1').update(`${size} ${mtimeNs} `).update(head.subarray(0, read))
    .digest('hex').slice(0, 16);
}

// The captures that were cut, by what names them, with where they lay: OUT/captures.
class Captures {
  constructor(out) {
    this.out = out;
    this.file = path.join(out, 'captures');
    this.paths = new Map();
    if (!fs.existsSync(this.file)) return;
    fs.readFileSync(this.file, 'utf8').split('\n').slice(0, -1).forEach((line) => {
      this.paths.set(line.slice(0, 16), line.slice(17));
    });
  }

  // Takes the captures that are there now. Returns the new ones, and how many were replaced: these
  // are forgotten. What is there no more stays, as does what has another's name only since both
  // were renamed.
  update(files) {
    const here = new Map(), ids = new Map();
    for (const file of files) {
      const id = identify(file);
      if (here.has(id)) console.error(`Left out, the same as ${here.get(id)}: ${file}`);
      else here.set(id, file);
      ids.set(unpacked(file), id);
    }
    const replaced = [...this.paths].filter(([id, file]) => {
      const now = ids.get(unpacked(file));
      return !here.has(id) && now !== undefined && !this.paths.has(now);
    });
    replaced.forEach(([id]) => this.paths.delete(id));
    this.paths.forEach((_, id) => { if (here.has(id)) this.paths.set(id, here.get(id)); });
    write(this.file, [...this.paths].map(([id, file]) => `${id} ${file}\n`).join(''));
    this.sweep();
    return { added: [...here].filter(([id]) => !this.paths.has(id)), replaced: replaced.length };
  }

  // Removes what shards have of captures that are not known: replaced, or not cut to the end.
  sweep() {
    const shards = path.join(this.out, 'shards');
    for (const shard of fs.readdirSync(shards)) {
      for (const piece of fs.readdirSync(path.join(shards, shard))) {
        const [, id] = path.basename(piece, '.pcap').split('-');
        if (!this.paths.has(id)) this.change(shard, () => fs.unlinkSync(path.join(shards, shard, piece)));
      }
    }
  }

  add(id, file) {
    fs.appendFileSync(this.file, `${id} ${file}\n`);
    this.paths.set(id, file);
  }

  // Changes what a shard has: its rows are those of another one then.
  change(shard, act) {
    const old = [path.join(this.out, 'loaded', shard), path.join(this.out, 'rows', `${shard}.rows`)];
    old.forEach((file) => fs.rmSync(file, { force: true }));
    act();
    // Whoever was left behind by a run before may have written them just now.
    old.forEach((file) => fs.rmSync(file, { force: true }));
  }

  // Gives a shard what it has of a capture.
  move(piece, shard, name) {
    const directory = path.join(this.out, 'shards', shard);
    fs.mkdirSync(directory, { recursive: true });
    this.change(shard, () => fs.renameSync(piece, path.join(directory, name)));
  }
}

// Cuts one capture. The names of its pieces sort by when their captures begin: of frames with the
// same time, that of the earlier capture comes first.
async function cut(captures, [id, file], pieces, tell) {
  const { frames, over } = new Opener(pieces.directory).open(file);
  let start;
  while (frames.next()) {
    start = start || `${frames.seconds}`.padStart(11, '0') + `${frames.nanoseconds}`.padStart(9, '0');
    pieces.add(frames);
    tell(frames.bytes);
  }
  if (frames.bytes.end > frames.bytes.start) {
    console.error(`${file} ends inside a frame, or is damaged: taken up to there.`);
  }
  frames.bytes.close();
  pieces.close();
  try {
    await over;
  } catch (error) {
    if (start) throw error;
    console.error(`Left out, nothing can be read of it: ${file}`);
    return;
  }
  pieces.multiplexers.save();
  for (const shard of fs.readdirSync(pieces.directory)) {
    captures.move(path.join(pieces.directory, shard), shard, `${start}-${id}.pcap`);
  }
  captures.add(id, file);
}

// Makes a capture a shard. Where a link will do, no copy is made.
function take(captures, [id, file], directory) {
  const piece = path.join(directory, id);
  fs.rmSync(piece, { force: true });
  try {
    fs.linkSync(fs.realpathSync(file), piece);
  } catch {
    fs.copyFileSync(file, piece);
  }
  captures.move(piece, id, `0-${id}.pcap`);
  captures.add(id, file);
}

// Returns a function that is told how many bytes of a capture were read, and shows how far it is.
function showProgress(total) {
  const began = Date.now();
  let read = 0, shown = 0;
  return (bytes) => {
    if (bytes.read === bytes.told) return;
    read += bytes.read - (bytes.told || 0);
    bytes.told = bytes.read;
    if (!process.stderr.isTTY || Date.now() - shown < 500) return;
    shown = Date.now();
    const left = Math.round((shown - began) / 1000 * (total / read - 1));
    process.stderr.write(`\rcut ${Math.floor(100 * read / total)} %, ${left} s left  `);
  };
}

async function main([most, ports, out, days]) {
  const files = fs.readFileSync(0, 'utf8').split('\n').filter(Boolean);
  const cutting = path.join(out, 'cutting');
  fs.mkdirSync(path.join(out, 'shards'), { recursive: true });
  const captures = new Captures(out);
  const { added, replaced } = captures.update(files);
  const multiplexers = new Multiplexers(path.join(out, 'multiplexers'), Number(most),
                                        ports.split(',').map(Number));
  const tell = showProgress(added.reduce((sum, [, file]) => sum + fs.statSync(file).size, 0));
  try {
    for (const capture of added) {
      const pieces = new Pieces(multiplexers, days === 'days', cutting);
      if (multiplexers.most > 0) await cut(captures, capture, pieces, tell);
      else take(captures, capture, cutting);
    }
  } finally {
    fs.rmSync(cutting, { recursive: true, force: true });
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  console.log(`captures read: ${added.length}, replaced: ${replaced}`);
}

function usage() {
  const [head] = fs.readFileSync(__filename, 'utf8').split('\n//\n// OUT/captures');
  return head.split('\n').slice(1).map((line) => line.replace(/^\/\/ ?/, '')).join('\n');
}

const args = process.argv.slice(2);
if (['-h', '--help'].includes(args[0])) {
  console.log(usage());
} else if (args.length !== 3 && args.length !== 4) {
  console.error(usage());
  process.exitCode = 2;
} else {
  main(args).catch((error) => {
    console.error(`cut.js: ${error.message}`);
    process.exitCode = 1;
  });
}
