// page.js
// Draws the timelines and the roundtrips with D3. Texts of the capture only ever become
// text nodes.
//
// Copyright the TRADE for Wireshark authors
// SPDX-License-Identifier: GPL-2.0-or-later

"use strict";

(() => {
    const { data, formatClock, getTicks, measure, shorten } = chart;
    const NARROW = 700; // pixels: below, names stand above what they name
    const RIGHT = 14, TOP = 20, AXIS = 24;
    const NAME = 17; // pixels that a name above a lane takes
    const HEIGHT = { marks: 22, area: 42, line: 32 };
    const BIN = 8; // pixels that marks share where they are too many
    const GLYPHS = {
        ping: "M-5,-6L6,0L-5,6Z", pong: "M0,-5A5,5,0,1,1,0,5A5,5,0,1,1,0,-5Z",
        end: "M-2,-9H2V9H-2Z", cross: "M-4,-4L4,4M-4,4L4,-4", diamond: "M0,-7L6,0L0,7L-6,0Z",
        tick: "M0,-6V6",
    };

    // ---- What is seen of a lane at a scale ----

    // Returns a group's marks between two times: each by itself, or where they are too many,
    // one for all in BIN pixels; first and last are their places in the group.
    function gather(group, x, from, to) {
        const first = d3.bisectLeft(group.t, from), last = d3.bisectRight(group.t, to);
        const room = (x.range()[1] - x.range()[0]) / BIN, marks = [];
        if (last - first <= room) {
            for (let i = first; i < last; i++) {
                marks.push({ group, x: x(group.t[i]), first: i, last: i, count: group.each });
            }
            return marks;
        }
        let bin = null;
        for (let i = first; i < last; i++) {
            const at = Math.floor(x(group.t[i]) / BIN);
            if (!bin || bin.at !== at) {
                bin = { group, at, x: (at + 0.5) * BIN, first: i, last: i, count: 0 };
                marks.push(bin);
            }
            bin.last = i;
            bin.count += group.each;
        }
        return marks;
    }

    // Returns a series' points between two times, at most four a pixel: first, least,
    // greatest and last.
    function thin(lane, x, from, to) {
        const first = Math.max(d3.bisectRight(lane.t, from) - 1, 0);
        const last = Math.min(d3.bisectRight(lane.t, to) + 1, lane.t.length), points = [];
        let column = null;
        const flush = () => {
            if (column) {
                points.push(...[...new Set(column.kept)].sort((a, b) => a - b));
            }
        };
        for (let i = first; i < last; i++) {
            const at = Math.floor(x(lane.t[i]));
            if (!column || column.at !== at) {
                flush();
                column = { at, kept: [i, i, i, i] };
            }
            const kept = column.kept;
            kept[3] = i;
            kept[1] = lane.v[i] < lane.v[kept[1]] ? i : kept[1];
            kept[2] = lane.v[i] > lane.v[kept[2]] ? i : kept[2];
        }
        flush();
        return points;
    }

    const getPath = mark => {
        if (mark.count === 1) {
            return GLYPHS[mark.group.glyph];
        }
        const height = Math.min(9, 4 + Math.log2(mark.count));
        return `M-${BIN / 2 - 0.5},-${height}h${BIN - 1}v${2 * height}h-${BIN - 1}Z`;
    };

    // Returns what a mark is: said of all of its group, of each, or by what it answers.
    function getText(group, i) {
        if (group.to && group.to[i] !== null) {
            return `Pong, ${group.ms[i].toFixed(3)} ms after the Ping in frame ${group.to[i]}`;
        }
        return typeof group.text === "string" ? group.text : group.text[i];
    }

    // Returns what is to be said of a mark.
    function describe(mark) {
        const { group, first, last, count } = mark, frames = group.f;
        if (count === 1 && frames[first] === null) {
            return `${formatClock(group.t[first], group.hollow ? 0 : 3)} ${getText(group, first)}`;
        }
        if (count === 1) {
            return `${formatClock(group.t[first], 6)} ${getText(group, first)}, frame ` +
                `${frames[first]}\nframe.number == ${frames[first]}`;
        }
        const told = `${group.each > 1 ? "About " : ""}${count} marks, the first: ` +
            `${getText(group, first)}\n${formatClock(group.t[first], 3)}`;
        if (first === last) {
            return told + (frames[first] === null ? "." : `, frame ${frames[first]}.`);
        }
        const between = frames[first] === null ? "" :
            `, frames ${frames[first]} to ${frames[last]}`;
        return `${told} to ${formatClock(group.t[last], 3)}${between}. Zoom in to see each.`;
    }

    // ---- A timeline ----

    class Timeline {
        constructor(holder, story) {
            this.story = story;
            this.holder = d3.select(holder);
            this.lanes = story.lanes.filter(lane => lane.kind !== "marks" ||
                lane.groups.some(group => group.t.length));
            for (const lane of this.lanes) {
                lane.top = lane.v ? Math.max(1, lane.v.reduce((a, b) => Math.max(a, b), 0)) : 0;
                lane.range = lane.v ? `0 to ${lane.top.toLocaleString("en")} ${lane.unit}` : "";
            }
            const room = (story.end - story.start) * 0.015 || 0.5;
            this.domain = [story.start - room, story.end + room];
            this.chosen = { lane: 0, mark: null };
            this.addTools();
            this.addPicture();
            this.resize();
            holder.addEventListener("keydown", event => this.press(event));
        }

        addTools() {
            const { tools } = chart.addTools(this, "show the whole connection");
            tools.append("span").text("Ctrl and wheel zoom, dragging moves, arrow keys go from " +
                `mark to mark. Times are ${data.zone}.`);
        }

        addPicture() {
            const svg = this.svg = this.holder.append("svg").attr("aria-hidden", "true");
            const id = `hatch-${this.story.stream}`;
            const hatch = svg.append("defs").append("pattern").attr("id", id).attr("width", 7)
                .attr("height", 7).attr("patternUnits", "userSpaceOnUse")
                .attr("patternTransform", "rotate(45)");
            hatch.append("path").attr("class", "hatch").attr("d", "M0,0V7");
            this.hatch = `url(#${id})`;
            this.clip = svg.select("defs").append("clipPath").attr("id", `clip-${id}`)
                .append("rect").attr("y", 0);
            this.back = svg.append("g");
            this.inside = svg.append("g").attr("clip-path", `url(#clip-${id})`);
            this.axis = svg.append("g").attr("class", "axis");
            this.cursor = svg.append("line").attr("class", "cursor");
            this.ring = svg.append("circle").attr("class", "chosen").attr("r", 10);
            chart.addPlot(this, () => this.plan());
            this.plot.attr("y", 0);
        }

        // Gives each lane its place: beside its name, or below it on a narrow screen.
        arrange() {
            this.isNarrow = this.width < NARROW;
            const names = this.lanes.flatMap(lane => [measure(lane.label), measure(lane.range)]);
            this.gutter = this.isNarrow ? 6 : Math.min(Math.max(...names) + 16, 320);
            let y = TOP;
            for (const lane of this.lanes) {
                lane.y = y + (this.isNarrow ? NAME : 0);
                lane.height = HEIGHT[lane.kind];
                y = lane.y + lane.height + 3;
            }
            this.bottom = y;
            for (const box of [this.clip, this.plot]) {
                box.attr("x", this.gutter);
            }
        }

        resize() {
            this.width = Math.max(this.holder.node().clientWidth, 300);
            this.arrange();
            const right = this.width - RIGHT, height = this.bottom + AXIS;
            this.svg.attr("viewBox", `0 0 ${this.width} ${height}`);
            this.scale = d3.scaleLinear(this.domain, [this.gutter, right]);
            this.plot.attr("width", right - this.gutter).attr("height", this.bottom);
            this.clip.attr("width", right - this.gutter).attr("height", this.bottom);
            this.zoom.extent([[this.gutter, 0], [right, this.bottom]])
                .translateExtent([[this.gutter, 0], [right, this.bottom]]);
            this.axis.attr("transform", `translate(0,${this.bottom})`);
            this.draw();
        }

        // Draws before the next picture on the screen, however often it is asked to.
        plan() {
            this.planned = this.planned || requestAnimationFrame(() => {
                this.planned = 0;
                this.draw();
            });
        }

        draw() {
            const x = this.x = this.transform.rescaleX(this.scale);
            this.tell(null);
            this.drawLanes();
            this.drawBands(x);
            this.marks = [];
            for (const lane of this.lanes) {
                if (lane.kind === "marks") {
                    const [from, to] = x.domain();
                    lane.marks = lane.groups.flatMap(group => gather(group, x, from, to));
                    lane.marks.forEach(mark => { mark.lane = lane; });
                    this.marks.push(...lane.marks);
                } else {
                    this.drawSeries(lane, x);
                }
            }
            this.inside.selectAll("path.mark").data(this.marks).join("path")
                .attr("class", mark => `mark ${mark.group.glyph}` +
                    (mark.group.hollow ? " hollow" : "") + (mark.count > 1 ? " many" : ""))
                .attr("data-frame", mark => mark.group.f[mark.first])
                .attr("transform", mark =>
                    `translate(${mark.x.toFixed(2)},${mark.lane.y + mark.lane.height / 2})`)
                .attr("d", getPath).raise();
            this.drawNames();
            this.drawAxis(x);
        }

        // Writes names beside marks that have some, the important first, where there is room.
        drawNames() {
            const named = this.marks.filter(mark => mark.group.names && mark.first === mark.last)
                .sort((a, b) => b.group.names.weight - a.group.names.weight || a.x - b.x)
                .slice(0, 100);
            const taken = named.map(mark => ({ mark, start: mark.x - 3, end: mark.x + 3 }));
            const shown = [];
            for (const mark of named) {
                const name = mark.group.names.of[mark.first];
                const spot = [420, 320, 240, 180, 140]
                    .map(room => this.findRoom(mark, name, room, taken)).find(found => found);
                if (spot) {
                    taken.push(spot);
                    shown.push(spot);
                }
            }
            this.inside.selectAll("text.markname").data(shown).join("text")
                .attr("class", "markname").attr("x", spot => spot.start)
                .attr("y", spot => spot.mark.lane.y + spot.mark.lane.height / 2 + 4)
                .text(spot => spot.name);
        }

        // Returns a place for a name right or left of its mark, or undefined.
        findRoom(mark, name, room, taken) {
            name = shorten(name, room);
            const width = measure(name) + 2, right = this.width - RIGHT;
            const start = [mark.x + 9, mark.x - 9 - width].find(x => x >= this.gutter &&
                x + width <= right && !taken.some(spot => spot.mark.lane === mark.lane &&
                    spot.mark !== mark && x < spot.end && x + width > spot.start));
            return start === undefined ? undefined : { mark, name, start, end: start + width };
        }

        drawLanes() {
            const right = this.width - RIGHT;
            this.back.selectAll("rect").data(this.lanes).join("rect").attr("class", "lane")
                .attr("x", this.gutter).attr("y", lane => lane.y).attr("width", right - this.gutter)
                .attr("height", lane => lane.height);
            const x = this.isNarrow ? this.gutter : this.gutter - 8;
            const anchor = this.isNarrow ? "start" : "end", room = this.isNarrow ? right : x - 2;
            this.back.selectAll("text.name").data(this.lanes).join("text").attr("class", "name")
                .attr("x", x).attr("text-anchor", anchor)
                .attr("y", lane => this.isNarrow ? lane.y - 4 :
                    lane.y + (lane.v ? 15 : lane.height / 2 + 4))
                .text(lane => shorten(lane.label, room));
            this.back.selectAll("text.soft").data(this.lanes.filter(lane => lane.v)).join("text")
                .attr("class", "soft").attr("x", this.isNarrow ? right : x)
                .attr("text-anchor", "end")
                .attr("y", lane => this.isNarrow ? lane.y - 4 : lane.y + 30)
                .text(lane => lane.range);
        }

        drawBands(x) {
            const [from, to] = x.domain();
            const bands = this.story.bands.filter(band => band.to >= from && band.from <= to);
            const left = band => Math.max(x(band.from), this.gutter);
            const shown = widen(bands, x).slice(0, 2000);
            this.inside.selectAll("rect.band").data(shown).join("rect")
                .attr("class", band => `band ${band.kind}`)
                .attr("fill", band => band.kind === "hole" ? this.hatch : null)
                .attr("x", band => x(band.from)).attr("y", TOP)
                .attr("width", band => Math.max(x(band.to) - x(band.from), 2))
                .attr("height", this.bottom - TOP - 3);
            let free = 0;
            const named = shown.filter(band => {
                const room = left(band) >= free;
                free = room ? left(band) + measure(band.label, true) + 12 : free;
                return room;
            });
            this.inside.selectAll("text.bandname").data(named).join("text")
                .attr("class", "bandname").attr("y", 14)
                .attr("x", band => {
                    const length = measure(band.label, true) + 2, right = this.width - RIGHT;
                    return Math.max(Math.min(left(band), right - length), this.gutter);
                })
                .text(band => shorten(band.label, this.width - RIGHT - this.gutter, true));
        }

        drawSeries(lane, x) {
            const points = thin(lane, x, ...x.domain());
            const y = value => lane.y + lane.height - value / lane.top * (lane.height - 3);
            const last = points[points.length - 1];
            const ends = Math.min(this.story.end, x.domain()[1]);
            // The last value holds until the connection or the picture ends.
            const spots = points.map(i => [x(lane.t[i]), y(lane.v[i])]);
            if (points.length && lane.t[last] < ends) {
                spots.push([x(ends), y(lane.v[last])]);
            }
            const shape = lane.kind === "area" ? d3.area().y0(y(0)).y1(spot => spot[1]) :
                d3.line().y(spot => spot[1]);
            const path = shape.x(spot => spot[0]).curve(d3.curveStepAfter)(spots);
            this.inside.selectAll(`path[data-lane="${lane.y}"]`).data([0]).join("path")
                .attr("data-lane", lane.y).attr("class", lane.kind).attr("d", path);
        }

        drawAxis(x) {
            const [from, to] = x.domain();
            const { ticks, digits } = getTicks(from, to, (this.width - this.gutter) / 110);
            this.axis.call(d3.axisBottom(x).tickValues(ticks)
                .tickFormat(t => formatClock(t, digits)).tickSizeOuter(0));
        }

        // ---- Hover and keys ----

        // Says what is under the pointer: in a lane of marks the nearest, in a series the
        // value then.
        point(event) {
            const [px, py] = d3.pointer(event, this.svg.node());
            const lane = this.lanes.find(l => py >= l.y && py < l.y + l.height + 3);
            if (!lane) {
                this.tell(this.describeBands(px), px, py);
            } else if (lane.kind === "marks") {
                let best = null;
                for (const mark of lane.marks) {
                    if (!best || Math.abs(mark.x - px) < Math.abs(best.x - px)) {
                        best = mark;
                    }
                }
                const near = best && Math.abs(best.x - px) < 40;
                this.tell(near ? `${lane.label}\n${describe(best)}` : this.describeBands(px),
                    near ? best.x : px, near ? lane.y + lane.height / 2 : py, near);
            } else {
                this.tell(this.describeValue(lane, this.x.invert(px)), px, py);
            }
        }

        describeValue(lane, t) {
            const i = d3.bisectRight(lane.t, t) - 1;
            return i < 0 ? "" : `${lane.label}\n${formatClock(t, 3)}: ` +
                `${lane.v[i].toLocaleString("en")} ${lane.unit}\nsince ` +
                `${formatClock(lane.t[i], 6)}, frame ${lane.f[i]}`;
        }

        describeBands(px) {
            const t = this.x.invert(px);
            return this.story.bands.filter(band => band.from <= t && t <= band.to).slice(0, 3)
                .map(band => `${band.label}\n${formatClock(band.from, 6)} to ` +
                    `${formatClock(band.to, 6)}, frame ${band.f}`).join("\n");
        }

        tell(text, x = 0, y = 0, ringed = false) {
            this.tip.text(text || "");
            this.cursor.attr("visibility", text ? "visible" : "hidden").attr("x1", x).attr("x2", x)
                .attr("y1", TOP).attr("y2", this.bottom);
            this.ring.attr("visibility", text && ringed ? "visible" : "hidden").attr("cx", x)
                .attr("cy", y);
            if (text) {
                const node = this.svg.node(), factor = node.clientWidth / this.width;
                const left = x * factor + 14, width = this.tip.node().offsetWidth;
                this.tip.style("left", `${left + width > node.clientWidth ?
                    Math.max(0, left - width - 28) : left}px`)
                    .style("top", `${y * factor + 30 + 16}px`);
            }
        }

        press(event) {
            const moves = {
                ArrowRight: () => this.step(1), ArrowLeft: () => this.step(-1),
                ArrowDown: () => this.change(1), ArrowUp: () => this.change(-1),
                "+": () => this.scaleBy(2), "=": () => this.scaleBy(2),
                "-": () => this.scaleBy(0.5), 0: () => this.showAll(),
                Escape: () => this.tell(null),
            };
            if (event.target.tagName !== "BUTTON" && !event.ctrlKey && moves[event.key]) {
                event.preventDefault();
                moves[event.key]();
            }
        }

        // Goes to the next or previous mark of the lane that the keys are in.
        step(direction) {
            const lanes = this.lanes.filter(lane => lane.kind === "marks");
            const lane = lanes[this.chosen.lane];
            if (!lane) {
                return;
            }
            lane.all = lane.all || lane.groups.flatMap(group => group.t.map((t, i) =>
                ({ group, t, first: i, last: i, count: group.each }))).sort((a, b) => a.t - b.t);
            const before = this.chosen.t === undefined ? -Infinity : this.chosen.t;
            let next;
            if (this.chosen.mark && this.chosen.mark.of === lane) {
                next = this.chosen.mark.place + direction;
            } else {
                next = lane.all.findIndex(mark => mark.t >= before);
                next = next < 0 ? lane.all.length - 1 : next;
            }
            next = Math.max(0, Math.min(lane.all.length - 1, next));
            const mark = lane.all[next];
            this.chosen.mark = { of: lane, place: next };
            this.chosen.t = mark.t;
            const [from, to] = this.x.domain();
            if (mark.t < from || mark.t > to) {
                this.show(mark.t, (to - from) / 2);
            }
            this.say(`${lane.label}: ${describe(mark)}`, mark.t, lane);
        }

        change(direction) {
            const lanes = this.lanes.filter(lane => lane.kind === "marks");
            this.chosen.lane = (this.chosen.lane + direction + lanes.length) % lanes.length;
            this.chosen.mark = null;
            this.step(0);
        }

        say(text, t, lane) {
            this.voice.text(text);
            this.tell(text, this.x(t), lane.y + lane.height / 2, true);
        }

        // ---- Zoom ----

        scaleBy(factor) {
            const t = this.chosen.t, [from, to] = this.x.domain();
            const middle = t !== undefined && t > from && t < to ? this.x(t) : undefined;
            this.zoom.scaleBy(this.plot, factor, middle === undefined ? undefined : [middle, 0]);
            this.draw();
        }

        showAll() {
            this.zoom.transform(this.plot, d3.zoomIdentity);
            this.draw();
        }

        // Shows a time with so many seconds before and after it.
        show(t, around) {
            const k = Math.max(1, (this.domain[1] - this.domain[0]) / (2 * around));
            const middle = (this.scale.range()[0] + this.scale.range()[1]) / 2;
            this.zoom.transform(this.plot,
                d3.zoomIdentity.translate(middle - k * this.scale(t), 0).scale(k));
            this.draw();
        }
    }

    // Makes one of bands of a kind that a pixel cannot tell apart.
    function widen(bands, x) {
        const made = [], last = {};
        for (const band of bands) {
            const before = last[band.kind];
            if (before && x(band.from) - x(before.to) < 2) {
                before.to = Math.max(before.to, band.to);
                before.count++;
                before.label = `${before.count} × ${band.kind === "hole" ? "not captured" :
                    "window zero"}`;
            } else {
                made.push(last[band.kind] = { ...band, count: 1 });
            }
        }
        return made;
    }

    // ---- Roundtrips ----

    function drawRoundtrips(holder) {
        const rows = data.roundtrips, width = Math.max(holder.clientWidth, 300);
        const isNarrow = width < NARROW, bar = isNarrow ? 36 : 0, ROW = 20 + bar;
        const LEFT = isNarrow ? 0 : 260, height = rows.length * ROW + 26;
        const svg = d3.select(holder).selectAll("svg").data([0]).join("svg")
            .attr("viewBox", `0 0 ${width} ${height}`);
        svg.selectAll("*").remove();
        const hatch = svg.append("defs").append("pattern").attr("id", "hatch-off").attr("width", 6)
            .attr("height", 6).attr("patternUnits", "userSpaceOnUse")
            .attr("patternTransform", "rotate(45)");
        hatch.append("path").attr("class", "hatch").attr("d", "M0,0V6");
        const x = d3.scaleLinear([0, Math.max(...rows.map(row => row.ms), 1)], 
            [LEFT, isNarrow ? width : width - 330]);
        const line = svg.selectAll("g").data(rows).join("g")
            .attr("class", "roundtrip").attr("transform", (row, i) => `translate(0,${i * ROW})`);
        line.append("text").attr("x", isNarrow ? 0 : LEFT - 8).attr("y", 14)
            .attr("text-anchor", isNarrow ? "start" : "end").text(row =>
                `${shorten(row.module, isNarrow ? width - 110 : 150)}, frame ${row.f}`);
        line.append("rect").attr("class", "wire").attr("x", LEFT).attr("y", 3 + bar).attr("height", 13)
            .attr("width", row => Math.max(x(row.wire || 0) - LEFT, row.wire ? 1.5 : 0));
        line.append("rect").attr("class", "off").attr("y", 3 + bar).attr("height", 13)
            .attr("fill", "url(#hatch-off)").attr("x", row => x(row.wire || 0))
            .attr("width", row => Math.max(x(row.ms) - x(row.wire || 0), 0));
        line.append("text").attr("y", isNarrow ? 32 : 14)
            .attr("x", row => isNarrow ? 0 : x(row.ms) + 6)
            .text(row => `${row.ms.toFixed(3)} ms: ` + (row.wire === null ?
                "Ping and Pong not seen" :
                `${row.wire.toFixed(3)} on the wire, ${(row.ms - row.wire).toFixed(3)} off it`));
        line.append("title").text(row => `${row.module}, ${row.time}\nReported in frame ${row.f}` +
            (row.ping ? `, Ping in frame ${row.ping}, Pong in frame ${row.pong}` : ""));
        svg.append("text").attr("class", "soft").attr("x", LEFT).attr("y", height - 8)
            .text(isNarrow ? "filled: on the wire · hatched: the rest" : "filled: between Ping " +
                "and Pong on the wire · hatched: the rest of what was reported, off the wire");
    }

    // ---- The page ----

    // Of the time-sequence graph: class and path.
    const SHAPES = {
        segment: ["", "M0,-6V6M-3,-6H3M-3,6H3"], ack: ["sequence", "M-8,4H0V-2H8"],
        edge: ["sequence", "M-8,0H8"],
    };

    function fillLegend(item) {
        const { glyph, style } = item.dataset;
        const svg = d3.select(item).insert("svg", () => item.firstChild)
            .attr("viewBox", "-9 -8 18 16").attr("aria-hidden", "true");
        if (SHAPES[glyph]) {
            svg.append("path").attr("class", `${SHAPES[glyph][0]} ${glyph} ${style}`)
                .attr("d", SHAPES[glyph][1]);
        } else if (GLYPHS[glyph]) {
            svg.append("path").attr("class", `mark ${glyph} ${style}`).attr("d", GLYPHS[glyph]);
        } else {
            svg.append("rect").attr("class", `band ${glyph}`).attr("x", -8).attr("y", -7)
                .attr("width", 16).attr("height", 14)
                .attr("fill", glyph === "hole" ? "url(#hatch-off-legend)" : null);
        }
    }

    const timelines = new Map();
    for (const holder of document.querySelectorAll(".timeline")) {
        const story = data.stories.find(s => String(s.stream) === holder.dataset.stream);
        timelines.set(holder.dataset.stream, new Timeline(holder, story));
    }
    document.querySelectorAll(".legend li").forEach(fillLegend);
    document.querySelectorAll(".legend li[data-glyph=hole] rect").forEach(rect => {
        const { stream } = rect.closest("section").querySelector(".timeline").dataset;
        d3.select(rect).attr("fill", `url(#hatch-${stream})`);
    });
    const roundtrips = document.querySelector(".roundtrips");
    const drawAll = () => {
        timelines.forEach(timeline => timeline.resize());
        if (roundtrips) {
            drawRoundtrips(roundtrips);
        }
    };
    drawAll();
    chart.onResize(drawAll);
    document.querySelectorAll("button.show").forEach(button => {
        button.addEventListener("click", () => {
            const timeline = timelines.get(button.dataset.stream);
            timeline.chosen.t = Number(button.dataset.t);
            timeline.show(timeline.chosen.t, 20);
            timeline.holder.node().scrollIntoView({ block: "nearest" });
            timeline.tell(formatClock(timeline.chosen.t, 6), timeline.x(timeline.chosen.t), TOP);
        });
    });
})();
