// ladder.js
// Draws ladders with D3: a line of time for each capture point, and the segments between them
// as arrows. Texts of the capture only ever become text nodes.
//
// Copyright the TRADE for Wireshark authors
// SPDX-License-Identifier: GPL-2.0-or-later

"use strict";

(() => {
    const { data, formatClock, getTicks, shorten } = chart;
    const HEIGHT = 560, TOP = 34, BOTTOM = 12, LEFT = 150, RIGHT = 60;
    const MOST = 1200; // arrows that are drawn at a time
    const NAME = 13; // pixels that a name takes
    const LOST = 0.45; // how far what is lost comes
    const WORDS = {
        "": "passed", held: "held up between the points", lost: "lost between the points",
        forged: "forged between the points", alone: "only here: nothing tells what became of it",
        unseen: "not captured where it came in",
        icmp: "an ICMP message that was made between the points",
    };

    const getTime = item => item.t === null ? item.u : item.t;
    const isMarked = item => ["lost", "held", "forged", "icmp"].includes(item.kind);
    const isMadeBetween = item => ["forged", "icmp"].includes(item.kind);

    class Ladder {
        constructor(holder, story) {
            this.story = story;
            this.holder = d3.select(holder);
            this.chosen = -1;
            const room = (story.end - story.start) * 0.02 || 0.5;
            this.domain = [story.start - room, story.end + room];
            this.addTools();
            this.addPicture();
            this.resize();
            this.show(story.from, story.to);
            holder.addEventListener("keydown", event => this.press(event));
        }

        addTools() {
            const { tools, add } = chart.addTools(this, "show the whole connection");
            add("What matters", "show what was lost, held up or forged",
                () => this.show(this.story.from, this.story.to));
            const left = this.story.left ? ` ${this.story.left} segments are left out.` : "";
            tools.append("span").text("Time goes down. Ctrl and wheel zoom, dragging moves, " +
                `arrow keys go from one to the next. Times are ${data.zone}.${left}`);
        }

        addPicture() {
            const svg = this.svg = this.holder.append("svg").attr("aria-hidden", "true");
            const id = `arrow-${this.holder.attr("data-connection")}`;
            this.clip = svg.append("defs").append("clipPath").attr("id", `clip-${id}`)
                .append("rect").attr("x", 0).attr("y", TOP);
            this.axis = svg.append("g").attr("class", "axis");
            this.rails = svg.append("g");
            this.inside = svg.append("g").attr("clip-path", `url(#clip-${id})`);
            chart.addPlot(this, () => this.draw());
            this.plot.attr("x", 0).attr("y", TOP);
        }

        resize() {
            this.width = Math.max(this.holder.node().clientWidth, 480);
            const bottom = HEIGHT - BOTTOM, lines = this.story.lines.length;
            this.svg.attr("viewBox", `0 0 ${this.width} ${HEIGHT}`);
            this.scale = d3.scaleLinear(this.domain, [TOP, bottom]);
            this.rail = d3.scaleLinear([0, Math.max(lines - 1, 1)],
                [LEFT + 80, this.width - RIGHT - 80]);
            for (const box of [this.plot, this.clip]) {
                box.attr("width", this.width).attr("height", bottom - TOP);
            }
            this.zoom.extent([[0, TOP], [this.width, bottom]])
                .translateExtent([[0, TOP], [this.width, bottom]]);
            this.draw();
        }

        draw() {
            this.tell(null);
            const y = this.y = this.transform.rescaleY(this.scale), [from, to] = y.domain();
            this.drawRails();
            this.drawAxis(from, to);
            const near = this.story.items.filter(item =>
                Math.max(item.u ?? item.t, item.t ?? item.u) >= from && getTime(item) <= to);
            const marked = near.filter(isMarked).slice(0, MOST);
            const every = Math.ceil((near.length - marked.length) / MOST) || 1;
            const others = near.filter(item => !isMarked(item))
                .filter((item, i) => i % every === 0);
            this.shown = [...others, ...marked].map(item => this.place(item));
            this.drawArrows();
            this.drawNames();
        }

        // Returns where an item is drawn: from (x, y) to (u, v).
        place(item) {
            const start = this.rail(item.s), end = this.rail(item.d), way = end - start;
            const y = this.y(getTime(item));
            if (item.kind === "lost") {
                return { item, x: start, y, u: start + way * LOST, v: y + 14 };
            }
            if (isMadeBetween(item)) {
                return { item, x: end - way * LOST, y: y - 14, u: end, v: y };
            }
            if (item.kind === "alone" || item.kind === "unseen") {
                const x = item.t === null ? end : start;
                return { item, x, y, u: x + Math.sign(way) * (item.t === null ? -18 : 18), v: y };
            }
            return { item, x: start, y, u: end, v: this.y(item.u) };
        }

        drawRails() {
            const bottom = HEIGHT - BOTTOM, lines = this.story.lines;
            this.rails.selectAll("line").data(lines).join("line").attr("class", "rail")
                .attr("x1", (name, i) => this.rail(i)).attr("x2", (name, i) => this.rail(i))
                .attr("y1", TOP).attr("y2", bottom);
            this.rails.selectAll("text").data(lines).join("text").attr("class", "railname")
                .attr("text-anchor", "middle").attr("x", (name, i) => this.rail(i)).attr("y", 20)
                .text(name => shorten(name, 280));
        }

        drawAxis(from, to) {
            const { ticks, digits } = getTicks(from, to, 12);
            this.axis.selectAll("text").data(ticks).join("text").attr("class", "soft")
                .attr("x", 8).attr("y", t => this.y(t) + 4).text(t => formatClock(t, digits));
            this.axis.selectAll("line").data(ticks).join("line").attr("class", "rule")
                .attr("x1", LEFT - 46).attr("x2", this.width - RIGHT)
                .attr("y1", t => this.y(t)).attr("y2", t => this.y(t));
        }

        drawArrows() {
            this.inside.selectAll("path.way").data(this.shown).join("path")
                .attr("class", at => `way ${at.item.kind || "passed"}` +
                    (at.item.bare ? " bare" : ""))
                .attr("data-frame", at => at.item.f ?? at.item.g)
                .attr("d", at => `M${at.x},${at.y}L${at.u},${at.v}`);
            this.inside.selectAll("path.head").data(this.shown.filter(at =>
                ["", "held", "forged", "icmp"].includes(at.item.kind))).join("path")
                .attr("class", at => `head ${at.item.kind || "passed"}` +
                    (at.item.bare ? " bare" : ""))
                .attr("d", "M0,0L-8,-3.5V3.5Z").attr("transform", at =>
                    `translate(${at.u},${at.v}) rotate(${Math.atan2(at.v - at.y, at.u - at.x) *
                        180 / Math.PI})`);
            this.inside.selectAll("path.end").data(this.shown.filter(at =>
                ["lost", "forged", "icmp"].includes(at.item.kind))).join("path")
                .attr("class", at => `end ${at.item.kind}`)
                .attr("d", at => at.item.kind === "lost" ? "M-6,-6L6,6M-6,6L6,-6" :
                    "M0,-6L6,0L0,6L-6,0Z")
                .attr("transform", at => at.item.kind === "lost" ?
                    `translate(${at.u},${at.v})` : `translate(${at.x},${at.y})`);
        }

        // Writes names where arrows begin, the important first, where there is room.
        drawNames() {
            const taken = [], spots = [];
            const wanted = this.shown.filter(at => !at.item.bare || isMarked(at.item))
                .sort((a, b) => isMarked(b.item) - isMarked(a.item) || a.y - b.y);
            for (const at of wanted) {
                const rail = isMadeBetween(at.item) ? at.item.d : at.item.s;
                const y = isMadeBetween(at.item) ? at.v : at.y;
                if (y >= TOP && y <= HEIGHT - BOTTOM &&
                    !taken.some(other => other.rail === rail && Math.abs(other.y - y) < NAME)) {
                    taken.push({ rail, y });
                    const isLeft = at.item.s < at.item.d !== isMadeBetween(at.item);
                    spots.push({ at, y, x: this.rail(rail) + (isLeft ? -6 : 6), isLeft });
                }
            }
            this.inside.selectAll("text.wayname").data(spots).join("text")
                .attr("class", spot => `wayname ${spot.at.item.kind}`)
                .attr("text-anchor", spot => spot.isLeft ? "end" : "start")
                .attr("x", spot => spot.x).attr("y", spot => spot.y + 4)
                .text(spot => shorten(spot.at.item.name, 150));
        }

        // ---- What is said ----

        describe({ item }) {
            const names = this.story.lines, told = [`${item.name}: ${WORDS[item.kind]}`];
            if (item.t !== null) {
                told.push(`${formatClock(item.t, 6)} frame ${item.f} of ${names[item.s]}`);
            }
            if (item.u !== null) {
                told.push(`${formatClock(item.u, 6)} frame ${item.g} of ${names[item.d]}`);
            }
            if (item.t !== null && item.u !== null) {
                told.push(`${((item.u - item.t) * 1000).toFixed(3)} ms`);
            }
            return told.join("\n");
        }

        point(event) {
            const [x, y] = d3.pointer(event, this.svg.node());
            let best = null, least = 14;
            for (const at of this.shown) {
                const share = at.u === at.x ? 0 :
                    Math.max(0, Math.min(1, (x - at.x) / (at.u - at.x)));
                const far = Math.hypot(at.x + share * (at.u - at.x) - x,
                    at.y + share * (at.v - at.y) - y) - (isMarked(at.item) ? 4 : 0);
                [best, least] = far < least ? [at, far] : [best, least];
            }
            this.tell(best, x, y);
        }

        tell(at, x, y) {
            this.inside.selectAll("path.way").classed("chosen", other => other === at);
            this.tip.text(at ? this.describe(at) : "");
            if (at) {
                const ratio = this.holder.node().clientWidth / this.width, tools = 30;
                this.tip.style("left", `${Math.min(x * ratio + 14, this.width - 330)}px`)
                    .style("top", `${y * ratio + tools + 14}px`);
            }
        }

        // ---- Moving about ----

        show(from, to) {
            const [low, high] = this.domain, whole = high - low;
            const scale = Math.max(1, whole / Math.max(to - from, whole / 1e9));
            const shift = -(this.scale(from) - TOP) * scale;
            this.plot.call(this.zoom.transform,
                d3.zoomIdentity.translate(0, TOP * (1 - scale) + shift).scale(scale));
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
                ArrowDown: () => this.step(1), ArrowRight: () => this.step(1),
                ArrowUp: () => this.step(-1), ArrowLeft: () => this.step(-1),
            };
            if (keys[event.key] && !event.ctrlKey && !event.metaKey && !event.altKey) {
                event.preventDefault();
                keys[event.key]();
            }
        }

        // Goes to the next or the last segment, and shows it.
        step(by) {
            const items = this.story.items;
            if (!items.length) {
                return;
            }
            this.chosen = Math.max(0, Math.min(items.length - 1, this.chosen + by));
            const item = items[this.chosen], [from, to] = this.y.domain(), t = getTime(item);
            if (t < from || t > to) {
                this.show(t - (to - from) / 2, t + (to - from) / 2);
            }
            const at = this.shown.find(other => other.item === item) || this.place(item);
            this.tell(at, at.x, at.y);
            this.voice.text(this.describe(at));
        }
    }

    const ladders = [...document.querySelectorAll(".ladder")].map(holder =>
        new Ladder(holder, data.ladders[holder.dataset.connection]));
    chart.onResize(() => ladders.forEach(ladder => ladder.resize()));
})();
