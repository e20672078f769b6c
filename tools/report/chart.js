// chart.js
// What the pages' pictures have in common: the page's data, clocks, axes of time, the widths of
// texts, zoom, and what is done when the window changes or is printed.
//
// Copyright the TRADE for Wireshark authors
// SPDX-License-Identifier: GPL-2.0-or-later

"use strict";

const chart = (() => {
    const data = JSON.parse(document.getElementById("data").textContent);
    const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600,
        43200, 86400, 172800, 604800];
    const isLong = (data.stories || []).some(story => story.end - story.start > 86400);
    const pen = document.createElement("canvas").getContext("2d");
    const family = getComputedStyle(document.body).fontFamily;

    // Returns the clock at t seconds after the origin, with so many digits after the point;
    // with the day, where a connection lasts longer than one.
    function formatClock(t, digits) {
        const micros = Math.round(t * 1e6), whole = Math.floor(micros / 1e6);
        const local = new Date((data.origin + data.offset + whole) * 1000).toISOString();
        const clock = local.slice(isLong ? 5 : 11, 19).replace("T", " ");
        const rest = String(micros - whole * 1e6).padStart(6, "0").slice(0, digits);
        return digits ? `${clock}.${rest}` : clock;
    }

    // Returns the times for an axis, at most so many, and how many digits they take.
    function getTicks(from, to, most) {
        const least = Math.max((to - from) / most, 1e-6);
        let step = STEPS.find(s => s >= least) || 604800 * Math.ceil(least / 604800), digits = 0;
        if (least < 1) {
            const power = 10 ** Math.floor(Math.log10(least));
            step = [1, 2, 5, 10].map(n => n * power).find(s => s >= least * 0.999999);
            digits = Math.min(6, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));
        }
        const shift = (data.origin + data.offset) % 604800, ticks = [];
        for (let n = Math.ceil((from + shift) / step); n * step - shift <= to; n++) {
            ticks.push(n * step - shift);
        }
        return { ticks, digits };
    }

    // Returns how many pixels a text takes in the pictures.
    function measure(text, isBold = false) {
        pen.font = `${isBold ? "600 " : ""}12px ${family}`;
        return pen.measureText(text).width;
    }

    // Returns a text, or as much of it as there is room for.
    function shorten(text, room, isBold = false) {
        let most = text.length;
        while (most > 1 && measure(most < text.length ? `${text.slice(0, most)}…` : text, isBold) >
            room) {
            most--;
        }
        return most < text.length ? `${text.slice(0, most)}…` : text;
    }

    // Returns a zoom that tells its transform. Without Ctrl the wheel moves the page.
    function makeZoom(act) {
        return d3.zoom().scaleExtent([1, 1e9])
            .wheelDelta(event => -event.deltaY * (event.deltaMode ? 0.1 : 0.006))
            .filter(event => event.type === "wheel" ? event.ctrlKey || event.metaKey :
                !event.button)
            .on("zoom", event => act(event.transform));
    }

    // Adds the buttons that each picture has; returns their place, and what adds another button.
    function addTools(picture, whole) {
        const tools = picture.holder.append("div").attr("class", "tools");
        const add = (text, label, act) => tools.append("button").attr("type", "button")
            .attr("aria-label", label).text(text).on("click", act);
        add("+", "zoom in", () => picture.scaleBy(2));
        add("−", "zoom out", () => picture.scaleBy(0.5));
        add("Whole", whole, () => picture.showAll());
        return { tools, add };
    }

    // Gives a picture what is pointed at and zoomed, and what then speaks.
    function addPlot(picture, act) {
        picture.plot = picture.svg.append("rect").attr("class", "plot")
            .on("pointermove", event => picture.point(event))
            .on("pointerleave", () => picture.tell(null));
        picture.tip = picture.holder.append("div").attr("class", "tip");
        picture.voice = picture.holder.append("div").attr("class", "hidden")
            .attr("aria-live", "polite");
        picture.transform = d3.zoomIdentity;
        picture.zoom = makeZoom(transform => {
            picture.transform = transform;
            act();
        });
        picture.plot.call(picture.zoom);
    }

    // Has something drawn anew when the window has another size, once a picture.
    function onResize(draw) {
        let waiting = 0;
        addEventListener("resize", () => {
            waiting = waiting || requestAnimationFrame(() => {
                waiting = 0;
                draw();
            });
        });
    }

    // On paper nothing can be opened.
    addEventListener("beforeprint", () => {
        document.querySelectorAll("details").forEach(details => { details.open = true; });
    });

    return { data, formatClock, getTicks, measure, shorten, addTools, addPlot, onResize };
})();
