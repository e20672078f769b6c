// sequence.js
// Draws the time-sequence graphs with D3: of one direction the segments, what was acknowledged,
// and the window's edge. Texts of the capture only ever become text nodes.
//
// Copyright the TRADE for Wireshark authors
// SPDX-License-Identifier: GPL-2.0-or-later

"use strict";

(() => {
    const { data, formatClock, getTicks, measure, shorten } = chart;
    const HEIGHT = 330, TOP = 12, BOTTOM = 24, RIGHT = 14, LEFT = 74;
    const MOST = 3000; // segments that are drawn at a time
    const formatCount = value => value.toLocaleString("en");
    const isBad = segment => segment.kind || /RST/.test(segment.name);

    class Sequence {
        constructor(holder, story) {
            this.story = story.sequence;
            this.unit = story.unscaled ? " (unscaled)" : "";
            this.ways = this.story.ways.map(way => ({
                ...way,
                segments: way.segments.map(([t, a, b, f, kind, name]) => ({ t, a, b, f, kind, name })),
                acks: way.acks.map(([t, ack, window, f]) => ({ t, ack, window, f })),
                times: way.acks.map(([t]) => t),
            }));
            this.side = this.story.side;
            this.chosen = null;
            this.holder = d3.select(holder);
            const room = (this.story.end - this.story.start) * 0.02 || 0.5;
            this.domain = [this.story.start - room, this.story.end + room];
            this.addTools();
            this.addPicture();
            this.resize();
            this.show(this.story.from, this.story.to);
            holder.addEventListener("keydown", event => this.press(event));
        }

        addTools() {
            const { tools, add } = chart.addTools(this, "show all");
            add("What matters", "show the seconds that matter",
                () => this.show(this.story.from, this.story.to));
            this.turner = add("", "show the other direction", () => this.turn());
            this.title = tools.append("span");
        }

        addPicture() {
            const svg = this.svg = this.holder.append("svg").attr("aria-hidden", "true");
            const id = `clip-sequence-${this.holder.attr("data-stream")}`;
            this.clip = svg.append("defs").append("clipPath").attr("id", id).append("rect")
                .attr("x", LEFT).attr("y", TOP - 6);
            this.rows = svg.append("g").attr("class", "axis");
            this.inside = svg.append("g").attr("clip-path", `url(#${id})`);
            this.axis = svg.append("g").attr("class", "axis")
                .attr("transform", `translate(0,${HEIGHT - BOTTOM})`);
            chart.addPlot(this, () => this.draw());
            this.plot.attr("x", LEFT).attr("y", TOP);
        }

        resize() {
            this.width = Math.max(this.holder.node().clientWidth, 300);
            const right = this.width - RIGHT, bottom = HEIGHT - BOTTOM;
            this.svg.attr("viewBox", `0 0 ${this.width} ${HEIGHT}`);
            this.scale = d3.scaleLinear(this.domain, [LEFT, right]);
            this.plot.attr("width", right - LEFT).attr("height", bottom - TOP);
            this.clip.attr("width", right - LEFT).attr("height", bottom - TOP + 6);
            this.zoom.extent([[LEFT, 0], [right, bottom]])
                .translateExtent([[LEFT, 0], [right, bottom]]);
            this.draw();
        }

        draw() {
            this.tell(null);
            const way = this.way = this.ways[this.side];
            const x = this.x = this.transform.rescaleX(this.scale), [from, to] = x.domain();
            this.turner.text(`From ${shorten(way.peer, 150)}`);
            this.title.text(`Bytes from ${way.name}. ${this.story.left ?
                `${formatCount(this.story.left)} frames farther off are left out.` : ""}`);
            const near = way.segments.filter(s => s.t >= from && s.t <= to);
            const bad = near.filter(isBad), every = Math.ceil(near.length / MOST) || 1;
            this.shown = [...near.filter((s, i) => !isBad(s) && i % every === 0), ...bad];
            this.acks = this.findAcks(from, to);
            this.setHeight();
            this.drawAxes(from, to);
            this.drawZero(to);
            this.drawLine("edge", this.acks.filter(a => a.window !== null), a => a.ack + a.window);
            this.drawLine("ack", this.acks, a => a.ack);
            this.drawSegments();
            this.drawNames();
        }

        // Returns the acknowledgements that hold between two times.
        findAcks(from, to) {
            const { acks, times } = this.way;
            return acks.slice(Math.max(d3.bisectRight(times, from) - 1, 0),
                d3.bisectRight(times, to));
        }

        // Fits the bytes that are sent or acknowledged into the picture. Of a window that is much
        // wider, the edge may be outside.
        setHeight() {
            const bytes = [...this.shown.flatMap(s => [s.a, s.b]), ...this.acks.map(a => a.ack)];
            const least = Math.min(...bytes, bytes.length ? Infinity : 0);
            const most = Math.max(...bytes, least);
            const edge = Math.max(...this.acks.map(a => a.ack + (a.window || 0)), most);
            const high = Math.min(Math.max(edge, most), most + Math.max(most - least, 200) * 0.6);
            const room = Math.max(high - least, 20) * 0.06;
            this.y = d3.scaleLinear([least - room, high + room], [HEIGHT - BOTTOM, TOP]);
        }

        drawAxes(from, to) {
            const { ticks, digits } = getTicks(from, to, (this.width - LEFT) / 110);
            this.axis.call(d3.axisBottom(this.x).tickValues(ticks)
                .tickFormat(t => formatClock(t, digits)).tickSizeOuter(0));
            const marks = this.y.ticks(6).filter(Number.isInteger);
            this.rows.selectAll("line").data(marks).join("line").attr("class", "rule")
                .attr("x1", LEFT).attr("x2", this.width - RIGHT)
                .attr("y1", this.y).attr("y2", this.y);
            this.rows.selectAll("text").data(marks).join("text").attr("class", "soft")
                .attr("text-anchor", "end").attr("x", LEFT - 6).attr("y", v => this.y(v) + 4)
                .text(formatCount);
        }

        // Shades when the window is zero.
        drawZero(to) {
            const spans = [];
            this.acks.forEach((ack, i) => {
                if (ack.window === 0) {
                    const next = this.acks[i + 1], last = spans[spans.length - 1];
                    const end = next ? next.t : to;
                    if (last && last.to === ack.t) {
                        last.to = end;
                    } else {
                        spans.push({ from: ack.t, to: end });
                    }
                }
            });
            this.inside.selectAll("rect.band").data(spans).join("rect").attr("class", "band zero")
                .attr("x", s => this.x(s.from)).attr("y", TOP)
                .attr("width", s => Math.max(this.x(s.to) - this.x(s.from), 2))
                .attr("height", HEIGHT - BOTTOM - TOP);
        }

        drawLine(name, acks, value) {
            const spots = acks.map(a => [this.x(a.t), this.y(value(a))]);
            if (spots.length) {
                spots.push([this.width - RIGHT, spots[spots.length - 1][1]]);
            }
            this.inside.selectAll(`path.${name}`).data([0]).join("path")
                .attr("class", `sequence ${name}`)
                .attr("d", d3.line().curve(d3.curveStepAfter)(spots));
        }

        drawSegments() {
            this.inside.selectAll("path.segment").data(this.shown).join("path")
                .attr("class", s => `segment ${isBad(s) ? "bad" : ""}`)
                .attr("data-frame", s => s.f)
                .attr("d", s => {
                    const x = this.x(s.t).toFixed(1), top = this.y(s.b);
                    const bottom = Math.max(this.y(s.a), top + (isBad(s) ? 6 : 3));
                    return `M${x},${bottom}V${top}m-3,0h6M${x},${bottom}m-3,0h6`;
                }).raise();
        }

        // Writes what segments are, the bad first, where there is room.
        drawNames() {
            const taken = [], spots = [];
            const wanted = this.shown.filter(s => s.name || s.kind)
                .sort((a, b) => Boolean(isBad(b)) - Boolean(isBad(a)) || a.t - b.t);
            for (const s of wanted.slice(0, 400)) {
                const name = shorten([s.kind, s.name].filter(Boolean).join(", "), 190);
                const width = measure(name), x = this.x(s.t), y = this.y(s.b);
                const spot = [[x + 6, y - 5], [x - 6 - width, y - 5], [x + 6, y + 14],
                    [x - 6 - width, y + 14]].map(([left, top]) => ({ s, name, left, top,
                    right: left + width })).find(it => it.left >= LEFT &&
                    it.right <= this.width - RIGHT && it.top > TOP + 8 &&
                    it.top < HEIGHT - BOTTOM - 2 && !taken.some(other => Math.abs(other.top -
                        it.top) < 13 && it.left < other.right + 4 && it.right + 4 > other.left));
                if (spot) {
                    taken.push(spot);
                    spots.push(spot);
                }
            }
            this.inside.selectAll("text.pduname").data(spots).join("text")
                .attr("class", spot => `pduname ${isBad(spot.s) ? "bad" : ""}`)
                .attr("x", spot => spot.left).attr("y", spot => spot.top)
                .text(spot => spot.name).raise();
        }

        // ---- What is said ----

        describe(s) {
            const told = [s.kind, s.name].filter(Boolean).join(", ") || "data";
            const size = s.b - s.a;
            return `${formatClock(s.t, 6)} ${told}, frame ${s.f}\n${formatCount(size)} ` +
                `byte${size === 1 ? "" : "s"} from ${formatCount(s.a)}\n${this.describeAck(s.t)}`;
        }

        describeAck(t) {
            const { acks, times } = this.way, i = d3.bisectRight(times, t) - 1;
            return i < 0 ? "" : `${this.way.peer} acknowledged up to ${formatCount(acks[i].ack)}` +
                (acks[i].window === null ? "" :
                    `, its window was ${formatCount(acks[i].window)}${this.unit}`) +
                `, frame ${acks[i].f}`;
        }

        point(event) {
            const [x, y] = d3.pointer(event, this.svg.node());
            let best = null, least = 16;
            for (const s of this.shown) {
                const low = this.y(s.a), high = this.y(s.b);
                const far = Math.hypot(this.x(s.t) - x, y < high ? high - y : y > low ? y - low : 0);
                [best, least] = far < least ? [s, far] : [best, least];
            }
            const t = this.x.invert(x);
            this.tell(best ? this.describe(best) :
                `${formatClock(t, 3)}\n${this.describeAck(t)}`, x, y, best);
        }

        tell(text, x = 0, y = 0, chosen = null) {
            this.inside.selectAll("path.segment").classed("chosen", s => s === chosen);
            this.tip.text(text || "");
            if (text) {
                const wide = this.tip.node().offsetWidth;
                this.tip.style("left", `${x + 14 + wide > this.width ?
                    Math.max(0, x - wide - 14) : x + 14}px`).style("top", `${y + 44}px`);
            }
        }

        // ---- Moving about ----

        turn() {
            this.side = 1 - this.side;
            this.chosen = null;
            this.draw();
        }

        show(from, to) {
            const whole = this.domain[1] - this.domain[0], room = (to - from) * 0.03 || 0.5;
            const k = Math.max(1, whole / (to - from + 2 * room));
            this.plot.call(this.zoom.transform, d3.zoomIdentity
                .translate(LEFT - k * this.scale(from - room), 0).scale(k));
        }

        showAll() {
            this.plot.call(this.zoom.transform, d3.zoomIdentity);
        }

        scaleBy(factor) {
            this.plot.call(this.zoom.scaleBy, factor);
        }

        press(event) {
            const keys = {
                "+": () => this.scaleBy(2), "=": () => this.scaleBy(2),
                "-": () => this.scaleBy(0.5), 0: () => this.showAll(),
                ArrowRight: () => this.step(1), ArrowLeft: () => this.step(-1),
                ArrowUp: () => this.turn(), ArrowDown: () => this.turn(),
            };
            if (event.target.tagName !== "BUTTON" && keys[event.key] && !event.ctrlKey) {
                event.preventDefault();
                keys[event.key]();
            }
        }

        // Goes to the next or the last segment, and says what it is.
        step(by) {
            const segments = this.way.segments, [from, to] = this.x.domain();
            if (!segments.length) {
                return;
            }
            const first = segments.findIndex(s => s.t >= from);
            this.chosen = this.chosen === null ? Math.max(first, 0) :
                Math.max(0, Math.min(segments.length - 1, this.chosen + by));
            const s = segments[this.chosen];
            if (s.t < from || s.t > to) {
                this.show(s.t - (to - from) / 2, s.t + (to - from) / 2);
            }
            this.voice.text(this.describe(s));
            this.tell(this.describe(s), this.x(s.t), this.y(s.b), s);
        }
    }

    const graphs = [...document.querySelectorAll(".sequences")].map(holder => new Sequence(holder,
        data.stories.find(story => String(story.stream) === holder.dataset.stream)));
    chart.onResize(() => graphs.forEach(graph => graph.resize()));
})();
