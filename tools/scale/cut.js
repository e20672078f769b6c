// cut.js
// usage: cut.js SHARDS PORT,PORT DIR <LIST
//        Puts each frame of the captures that LIST names, a line each, into the file
//        DIR/N.pcap of its Multiplexer, in order of time. 1 as SHARDS takes all frames.
//
// Every capture is read once, and only those are open whose time has come. What is neither
// pcap nor pcapng, as what is compressed, is read by way of editcap.
//
// Copyright the TRADE for Wireshark authors
// SPDX-License-Identifier: GPL-2.0-or-later
'use strict';
const fs = require('fs');
const path = require('path');
const { spawn, execFileSync } = require('child_process');

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

// ---- Merging ----

// Opens captures, those that editcap has to convert by way of a FIFO beside the shards: where this
// is ended, it goes with them.
class Opener {
  constructor(directory) {
    this.fifo = path.join(directory, 'frames.fifo');
    this.ends = [];
  }

  // Returns a capture's frames. isPeek: it is closed before its end.
  open(file, isPeek) {
    const bytes = new Bytes(file);
    const frames = readFrames(bytes);
    if (frames) return frames;
    bytes.close();
    return this.convert(file, isPeek);
  }

  convert(file, isPeek) {
    const { fifo } = this;
    fs.rmSync(fifo, { force: true });
    execFileSync('mkfifo', [fifo]);
    const child = spawn('sh', ['-c', 'exec editcap -F pcapng "$1" - >"$2"', 'sh', file, fifo],
                        { stdio: ['ignore', 'ignore', isPeek ? 'ignore' : 'inherit'] });
    this.ends.push(new Promise((done) => child.on('close', (status) => {
      done(status && !isPeek ? `editcap failed on ${file}` : '');
    })));
    const bytes = new Bytes(fifo);
    fs.unlinkSync(fifo);
    return readFrames(bytes) || new Pcapng(bytes);
  }

  // Says what was not read to its end.
  async close() {
    const said = (await Promise.all(this.ends)).filter(Boolean);
    if (said.length) throw new Error(said.join('\n'));
  }
}

// Whether the frame of a source comes before that of another.
function isBefore(one, other) {
  return one.frames.seconds - other.frames.seconds
    || one.frames.nanoseconds - other.frames.nanoseconds || one.order - other.order;
}

// Puts a source whose frame has come among the others, the earliest last.
function insert(sources, source) {
  let low = 0, high = sources.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(sources[middle], source) > 0) low = middle + 1;
    else high = middle;
  }
  sources.splice(low, 0, source);
}

// Returns the files that have frames, with the first of each, the earliest last.
function peek(opener, files) {
  const sources = [];
  files.forEach((file, order) => {
    const frames = opener.open(file, true);
    if (frames.next()) {
      const { seconds, nanoseconds } = frames;
      insert(sources, { file, order, frames: { seconds, nanoseconds } });
    }
    frames.bytes.close();
  });
  return sources;
}

// Calls take() for each frame of all files, in order of time.
function merge(opener, files, take, tell) {
  const waiting = peek(opener, files);
  const open = [];
  while (open.length || waiting.length) {
    const next = waiting[waiting.length - 1];
    if (next && (!open.length || isBefore(next, open[open.length - 1]) < 0)) {
      waiting.pop();
      next.frames = opener.open(next.file, false);
      next.frames.next();
      insert(open, next);
    }
    const source = open.pop();
    const { frames } = source;
    const until = open[open.length - 1], first = waiting[waiting.length - 1];
    let isOver = false;
    do {
      take(frames);
      isOver = !frames.next();
    } while (!isOver && !(until && isBefore(until, source) < 0)
             && !(first && isBefore(first, source) < 0));
    tell(frames.bytes.read - (source.told || 0));
    source.told = frames.bytes.read;
    if (!isOver) {
      insert(open, source);
      continue;
    }
    if (frames.bytes.end > frames.bytes.start) {
      console.error(`${source.file} ends inside a frame, or is damaged: taken up to there.`);
    }
    frames.bytes.close();
  }
}

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

class Shard {
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
    if (frame.link !== this.link) throw new Error('captures of different link types');
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

// The shards, a Multiplexer each, until there are so many that some must share one.
class Shards {
  constructor(most, ports, directory) {
    Object.assign(this, { most, directory, numbers: new Map(), shards: [] });
    this.ports = new Uint8Array(65536);
    ports.forEach((port) => { this.ports[port] = 1; });
  }

  add(frame) {
    const key = this.most === 1 ? 0 : findMultiplexer(frame, this.ports);
    if (key === undefined) return;
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.numbers.size % this.most;
      this.numbers.set(key, number);
      if (number === this.shards.length) {
        this.shards.push(new Shard(path.join(this.directory, `${number}.pcap`), frame.link));
      }
    }
    this.shards[number].add(frame);
  }

  close() {
    this.shards.forEach((shard) => shard.close());
  }
}

// Returns a function that is told how many bytes more were read, and shows how far it is.
function showProgress(total) {
  const began = Date.now();
  let read = 0, shown = 0;
  return (count) => {
    read += count;
    if (!process.stderr.isTTY || Date.now() - shown < 500) return;
    shown = Date.now();
    const left = Math.round((shown - began) / 1000 * (total / read - 1));
    process.stderr.write(`\rcut ${Math.floor(100 * read / total)} %, ${left} s left  `);
  };
}

async function main([most, ports, directory]) {
  const files = fs.readFileSync(0, 'utf8').split('\n').filter(Boolean);
  const total = files.reduce((sum, file) => sum + fs.statSync(file).size, 0);
  const shards = new Shards(Number(most), ports.split(',').map(Number), directory);
  const opener = new Opener(directory);
  merge(opener, files, (frame) => shards.add(frame), showProgress(total));
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  shards.close();
  await opener.close();
}

function usage() {
  const [head] = fs.readFileSync(__filename, 'utf8').split('\n//\n// Every capture');
  return head.split('\n').slice(1).map((line) => line.replace(/^\/\/ ?/, '')).join('\n');
}

const args = process.argv.slice(2);
if (['-h', '--help'].includes(args[0])) {
  console.log(usage());
} else if (args.length !== 3) {
  console.error(usage());
  process.exitCode = 2;
} else {
  main(args).catch((error) => {
    console.error(`cut.js: ${error.message}`);
    process.exitCode = 1;
  });
}
