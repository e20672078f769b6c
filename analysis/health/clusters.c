/* clusters.c
 * What was found of connections that may be of one cause. See analysis/health/clusters.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdlib.h>

#include "analysis/health/clusters.h"

/* Resets this far apart may be of one cause. */
#define RESET_BOUND TRADE_SECOND
/* What so many of so many connections of a host show has one cause. */
enum { PART = 3, WHOLE = 4 };

/* ---- What may be of one cause ---- */

/* Kinds of what is found: what is of different kinds has different causes. */
typedef enum kind {
    KIND_STOPPED, /* a side, or the path, did not go on; how that shows depends on what was to be
                     sent */
    KIND_RESET,
    KIND_ODD_RESET, /* by whom is not known */
    KIND_CLOCKS,
    KIND_HOLE,
    KIND_ATTEMPTS /* of several hosts, that follow nothing */
} kind_t;

/* Those that are not here are of something that stopped. */
static const kind_t kinds[] = { [TRADE_VERDICT_RESET_FOREIGN] = KIND_RESET,
                                [TRADE_VERDICT_CLOCKS_DIFFER] = KIND_CLOCKS,
                                [TRADE_VERDICT_CAPTURE_HOLE] = KIND_HOLE,
                                [TRADE_VERDICT_OK] = KIND_STOPPED };

/* Troubles of one cause. */
typedef struct group {
    kind_t kind;
    trade_share_t share;
    uint32_t module, multiplexer; /* numbers of hosts; of the first, if there are several */
    trade_time_t start;           /* the first beginning */
    trade_time_t last;            /* the last beginning */
    trade_time_t end;
    trade_time_t bound; /* how far apart beginnings may be */
    unsigned narrow;    /* the fewest suspects of a trouble */
    unsigned all;       /* that all troubles suspect */
    unsigned any;       /* that any trouble suspects */
    uint32_t troubles;
    uint32_t more;      /* troubles that its host, which it names, may be to blame for, too */
    bool is_of_host;    /* it is */
    uint32_t outage;    /* of a host, number; 0: of none */
    bool is_attempts;   /* all troubles are attempts to connect */
    bool is_refused;    /* some were refused */
    struct group *into; /* which it belongs to; itself: it is an incident */
    uint32_t cause;     /* index of the incident that it becomes */
} group_t;

/* A trouble or a group, in an order. */
typedef struct entry {
    kind_t kind;
    trade_share_t share;
    uint64_t key; /* of what it shares */
    trade_time_t start;
    uint32_t number; /* index of the trouble or the group */
} entry_t;

/* What is worked with. */
typedef struct work {
    trade_causes_t *causes;
    trade_allocate_t allocate;
    const trade_crowd_t *open; /* all connections, by what they share */
    entry_t *entries;          /* room for all troubles */
    group_t *groups;           /* in the order of compare_entries() */
    uint32_t *groups_of;       /* of each trouble, the index of its group */
    uint32_t group_count;
} work_t;

static kind_t get_kind(const trade_trouble_t *trouble)
{
    const kind_t kind = kinds[trouble->verdict];

    return kind == KIND_RESET && trouble->where != TRADE_WHERE_NETWORK ? KIND_ODD_RESET : kind;
}

/* Returns what the troubles have in common that are of one cause with this one. */
static trade_share_t get_share(const trade_trouble_t *trouble)
{
    if (kinds[trouble->verdict] == KIND_CLOCKS || kinds[trouble->verdict] == KIND_HOLE)
        return TRADE_SHARE_ALL;
    if (trouble->where == TRADE_WHERE_MODULE)
        return TRADE_SHARE_MODULE;
    return trouble->where == TRADE_WHERE_MULTIPLEXER ? TRADE_SHARE_MULTIPLEXER : TRADE_SHARE_PAIR;
}

/* By kind, by what is shared, by time. */
static int compare_entries(const void *a, const void *b)
{
    const entry_t *one = (const entry_t *)a, *other = (const entry_t *)b;

    if (one->kind != other->kind)
        return trade_compare_numbers(one->kind, other->kind);
    if (one->share != other->share)
        return trade_compare_numbers(one->share, other->share);
    if (one->key != other->key)
        return trade_compare_numbers(one->key, other->key);
    if (one->start != other->start)
        return one->start < other->start ? -1 : 1;
    return trade_compare_numbers(one->number, other->number);
}

/* Puts the first so many entries in their order. */
static void sort_entries(work_t *work, uint32_t count)
{
    if (count > 0)
        qsort(work->entries, count, sizeof *work->entries, compare_entries);
}

/* Returns whether two entries are of one kind and share the same. */
static bool are_alike(const entry_t *one, const entry_t *other)
{
    return one->kind == other->kind && one->share == other->share && one->key == other->key;
}

/* ---- Groups ---- */

/* Returns the group that a group belongs to in the end. */
static group_t *get_root(group_t *group)
{
    while (group->into != group)
        group = group->into;
    return group;
}

/* Returns who is suspected of a group: the fewest, if the other troubles suspect these, too. */
static unsigned get_suspects(const group_t *group)
{
    return (group->all & group->narrow) == group->narrow ? group->narrow : group->any;
}

/* Puts a group into another. */
static void merge(group_t *into, group_t *group)
{
    group->into = into;
    into->start = group->start < into->start ? group->start : into->start;
    into->last = trade_get_later(into->last, group->last);
    into->end = trade_get_later(into->end, group->end);
    /* The narrower is the one that suspects nobody else. */
    into->narrow = (into->narrow & group->narrow) == into->narrow ? into->narrow : group->narrow;
    into->all &= group->all;
    into->any |= group->any;
    into->troubles += group->troubles;
    into->outage = into->outage != 0 ? into->outage : group->outage;
    into->is_attempts &= group->is_attempts;
    into->is_refused |= group->is_refused;
}

/* Returns how far apart the beginnings of two troubles may be. What resets what comes by shows on
 * each connection within an interval. */
static trade_time_t get_bound(const trade_trouble_t *trouble)
{
    return kinds[trouble->verdict] == KIND_RESET && !trouble->is_answer ? RESET_BOUND
                                                                        : trouble->interval;
}

/* Returns whether a trouble may be of the cause of a group, since it began soon after the group's
 * first, while that lasted. RSTs do not last. */
static bool is_soon(const group_t *group, const group_t *next)
{
    const trade_time_t since = next->start - group->start;
    const bool is_reset = group->kind == KIND_RESET || group->kind == KIND_ODD_RESET;

    return since <= group->bound && (is_reset ? since <= next->bound : next->start <= group->end);
}

/* Returns a group of one trouble. */
static group_t make_group(const work_t *work, const entry_t *entry)
{
    const trade_trouble_t *trouble = &work->causes->troubles[entry->number];
    const trade_subject_t *subject = &work->causes->subjects[trouble->subject];
    const unsigned suspected = trade_where_get_suspects(trouble->where);

    return (group_t){ .kind = entry->kind,
                      .share = entry->share,
                      .module = subject->module,
                      .multiplexer = subject->multiplexer,
                      .start = trouble->span.start,
                      .last = trouble->span.start,
                      .end = trouble->span.end,
                      .bound = get_bound(trouble),
                      .narrow = suspected,
                      .all = suspected,
                      .any = suspected,
                      .troubles = 1,
                      .outage = trouble->outage,
                      .is_attempts = trouble->attempts > 0,
                      .is_refused = trouble->verdict == TRADE_VERDICT_REFUSED };
}

/* Puts troubles together that may be the fault of one host, or of the path between two. */
static void make_groups(work_t *work)
{
    const trade_causes_t *causes = work->causes;
    const entry_t *first = NULL;

    for (uint32_t i = 0; i < causes->trouble_count; i++) {
        const trade_trouble_t *trouble = &causes->troubles[i];
        const trade_subject_t *subject = &causes->subjects[trouble->subject];
        const trade_share_t share = get_share(trouble);
        work->entries[i] =
            (entry_t){ .kind = get_kind(trouble),
                       .share = share,
                       .key = trade_share_get_key(share, subject->module, subject->multiplexer),
                       .start = trouble->span.start,
                       .number = i };
    }
    sort_entries(work, causes->trouble_count);
    for (uint32_t i = 0; i < causes->trouble_count; i++) {
        const entry_t *entry = &work->entries[i];
        group_t *group = &work->groups[work->group_count];
        *group = make_group(work, entry);
        group->into = group;
        if (first && are_alike(first, entry) && is_soon(group - 1, group)) {
            merge(group - 1, group);
        } else {
            work->group_count++;
            first = entry;
        }
        work->groups_of[entry->number] = work->group_count - 1;
    }
}

/* ---- A host that is named ---- */

/* Returns where the groups of a kind that share this begin, or would be: those that began at a time
 * or later. */
static uint32_t find_group(const work_t *work, const entry_t *wanted)
{
    uint32_t low = 0, high = work->group_count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const group_t *group = &work->groups[middle];
        const entry_t entry = { group->kind, group->share,
                                trade_share_get_key(group->share, group->module,
                                                    group->multiplexer),
                                group->start, UINT32_MAX };
        if (compare_entries(&entry, wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Returns the group that names a host of this one for what began at that time, the nearest; NULL:
 * there is none. share: which host. */
static group_t *find_named(const work_t *work, const group_t *group, trade_share_t share)
{
    const entry_t wanted = { group->kind, share,
                             trade_share_get_key(share, group->module, group->multiplexer),
                             group->start - group->bound, 0 };
    group_t *nearest = NULL;

    for (uint32_t i = find_group(work, &wanted); i < work->group_count; i++) {
        group_t *named = &work->groups[i];
        if (named->kind != group->kind || named->share != share ||
            trade_share_get_key(share, named->module, named->multiplexer) != wanted.key ||
            named->start > group->start + group->bound)
            break;
        if (named->start <= group->end && group->start <= named->end &&
            (!nearest || llabs(named->start - group->start) < llabs(nearest->start - group->start)))
            nearest = named;
    }
    return nearest;
}

/* Returns whether a host that is named is to blame for more, too: if all of it is most of what the
 * host had. If others were well, the fault is of single connections. more: troubles. */
static bool is_of_host(const work_t *work, const group_t *named, uint32_t more)
{
    const uint64_t key = trade_share_get_key(named->share, named->module, named->multiplexer);
    const trade_span_t span = { named->start, named->start };

    return ((uint64_t)named->troubles + more) * WHOLE >=
           (uint64_t)trade_crowd_count(&work->open[named->share], key, &span) * PART;
}

/* Returns the group that names a host which a group may be the fault of, or NULL. */
static group_t *find_any_named(const work_t *work, const group_t *group)
{
    group_t *named = NULL;

    if (get_suspects(group) & TRADE_SUSPECT_MULTIPLEXER)
        named = find_named(work, group, TRADE_SHARE_MULTIPLEXER);
    if (!named && (get_suspects(group) & TRADE_SUSPECT_MODULE))
        named = find_named(work, group, TRADE_SHARE_MODULE);
    return named;
}

/* Puts what may be the fault of a host to what names it. Until that is done for all, the groups
 * keep their times, by which they are found. */
static void join_named(work_t *work)
{
    for (uint32_t i = 0; i < work->group_count; i++) {
        group_t *group = &work->groups[i];
        group_t *named = group->share == TRADE_SHARE_PAIR ? find_any_named(work, group) : NULL;
        if (!named)
            continue;
        group->into = named;
        named->more += group->troubles;
    }
    for (uint32_t i = 0; i < work->group_count; i++) {
        group_t *group = &work->groups[i];
        group->is_of_host = group->more > 0 && is_of_host(work, group, group->more);
    }
    for (uint32_t i = 0; i < work->group_count; i++) {
        group_t *group = &work->groups[i];
        if (!group->into->is_of_host)
            group->into = group;
        else if (group->into != group)
            merge(group->into, group);
    }
}

/* ---- One outage of a host, and what follows ---- */

/* Returns whether the connections of a group share a host of modules, or of Multiplexers. */
static bool has_one(const group_t *group, trade_share_t host)
{
    return group->share == TRADE_SHARE_PAIR || group->share == host;
}

/* Returns what the connections of two groups have in common. */
static trade_share_t get_common(const group_t *one, const group_t *other)
{
    const bool is_module = one->module == other->module && has_one(one, TRADE_SHARE_MODULE) &&
                           has_one(other, TRADE_SHARE_MODULE);
    const bool is_multiplexer = one->multiplexer == other->multiplexer &&
                                has_one(one, TRADE_SHARE_MULTIPLEXER) &&
                                has_one(other, TRADE_SHARE_MULTIPLEXER);

    if (is_module)
        return is_multiplexer ? TRADE_SHARE_PAIR : TRADE_SHARE_MODULE;
    return is_multiplexer ? TRADE_SHARE_MULTIPLEXER : TRADE_SHARE_ALL;
}

/* Puts a group into another that is of the same outage, or which it follows. */
static void follow(group_t *into, group_t *group)
{
    into->share = get_common(into, group);
    into->kind = group->kind < into->kind ? group->kind : into->kind;
    merge(into, group);
    /* Those count that were open when it began: others are opened anew since then. */
    into->last = into->start;
}

/* Adds a group to those that are put in an order. */
static void add_entry(work_t *work, uint32_t *count, uint64_t key, uint32_t number)
{
    work->entries[(*count)++] =
        (entry_t){ .key = key, .start = work->groups[number].start, .number = number };
}

/* Puts RSTs of which it is not known who sent them to those of somebody else that began at the same
 * time, between the same hosts. */
static void join_resets(work_t *work)
{
    const entry_t *first = NULL;
    uint32_t count = 0;

    for (uint32_t i = 0; i < work->group_count; i++) {
        const group_t *group = &work->groups[i];
        if (group->kind == KIND_RESET || group->kind == KIND_ODD_RESET)
            add_entry(work, &count,
                      trade_share_get_key(TRADE_SHARE_PAIR, group->module, group->multiplexer), i);
    }
    sort_entries(work, count);
    for (const entry_t *entry = work->entries; entry < work->entries + count; entry++) {
        group_t *group = &work->groups[entry->number];
        group_t *before = first ? &work->groups[first->number] : NULL;
        if (before && first->key == entry->key && before->kind != group->kind &&
            group->start - before->start <= RESET_BOUND) {
            before->kind = KIND_RESET;
            merge(before, group);
        } else {
            first = entry;
        }
    }
}

/* Puts together what is of one outage of a host, unless that contradicts itself. */
static void join_outages(work_t *work)
{
    const entry_t *first = NULL;
    uint32_t count = 0;

    for (uint32_t i = 0; i < work->group_count; i++) {
        if (work->groups[i].into == &work->groups[i] && work->groups[i].outage != 0)
            add_entry(work, &count, work->groups[i].outage, i);
    }
    sort_entries(work, count);
    for (const entry_t *entry = work->entries; entry < work->entries + count; entry++) {
        group_t *group = &work->groups[entry->number];
        if (!first || first->key != entry->key)
            first = entry;
        else if (get_suspects(&work->groups[first->number]) & get_suspects(group))
            follow(&work->groups[first->number], group);
    }
}

/* Returns whether attempts to connect that failed follow something: it still lasted, or was over
 * for an interval at most, in which nobody connected, and its place may be theirs. A network that
 * delivers nothing does not refuse. share: of the hosts. */
static bool do_follow(const work_t *work, const group_t *attempts, const group_t *before,
                      trade_share_t share)
{
    const unsigned suspected = get_suspects(before);
    const uint64_t key = trade_share_get_key(share, attempts->module, attempts->multiplexer);
    const trade_span_t between = { before->end, attempts->start };

    if (attempts->start > before->end + attempts->bound ||
        (get_suspects(attempts) & suspected) != suspected ||
        trade_crowd_count_begun(&work->open[share], key, &between) > 0)
        return false;
    if (suspected == TRADE_SUSPECT_NETWORK)
        return !attempts->is_refused;
    return suspected != TRADE_SUSPECT_MULTIPLEXER || is_of_host(work, before, attempts->troubles);
}

/* Sets the order in which attempts to connect may follow what shares something. Returns how many
 * groups there are. */
static uint32_t order_attempts(work_t *work, trade_share_t share)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < work->group_count; i++) {
        const group_t *group = &work->groups[i];
        if (group->into == group && group->kind == KIND_STOPPED &&
            (group->share == share || (group->is_attempts && group->share == TRADE_SHARE_PAIR)))
            add_entry(work, &count, trade_share_get_key(share, group->module, group->multiplexer),
                      i);
    }
    sort_entries(work, count);
    return count;
}

/* Puts attempts to connect to what they follow on the same hosts. share: what that is of. */
static void join_attempts(work_t *work, trade_share_t share)
{
    const entry_t *end = work->entries + order_attempts(work, share);
    group_t *before = NULL;

    for (const entry_t *entry = work->entries; entry < end; entry++) {
        group_t *group = &work->groups[entry->number];
        if (entry > work->entries && entry->key != entry[-1].key)
            before = NULL;
        if (!group->is_attempts)
            before = before && before->end > group->end ? before : group;
        else if (before && do_follow(work, group, before, share))
            follow(before, group);
    }
}

/* ---- Several hosts ---- */

/* Returns whether two groups have not more in common than what is asked for. */
static bool do_differ(const group_t *one, const group_t *other, trade_share_t share)
{
    const trade_share_t common = get_common(one, other);

    return common == share || common == TRADE_SHARE_ALL;
}

/* Sets the order in which groups could be put together that share something with each other.
 * Returns how many there are. */
static uint32_t order_groups(work_t *work, trade_share_t share)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < work->group_count; i++) {
        const group_t *group = &work->groups[i];
        /* Who is named is to blame by itself. */
        const bool is_named =
            group->share == TRADE_SHARE_ALL ||
            (group->share == TRADE_SHARE_MODULE && get_suspects(group) == TRADE_SUSPECT_MODULE) ||
            (group->share == TRADE_SHARE_MULTIPLEXER &&
             get_suspects(group) == TRADE_SUSPECT_MULTIPLEXER);
        if (group->into != group || is_named ||
            (share != TRADE_SHARE_ALL && group->share != TRADE_SHARE_PAIR && group->share != share))
            continue;
        work->entries[count++] =
            (entry_t){ .kind = group->is_attempts ? KIND_ATTEMPTS : group->kind,
                       .share = share,
                       .key = trade_share_get_key(share, group->module, group->multiplexer),
                       .start = group->start,
                       .number = i };
    }
    sort_entries(work, count);
    return count;
}

/* Returns whether groups that stand behind one another in the order are most of what shares with
 * them. troubles: of these groups. */
static bool are_most(const work_t *work, const entry_t *first, const entry_t *last,
                     uint64_t troubles)
{
    const group_t *group = &work->groups[first->number];
    const trade_span_t span = { first->start, last->start };
    bool is_wide = false;

    if (troubles * WHOLE <
        (uint64_t)trade_crowd_count(&work->open[first->share], first->key, &span) * PART)
        return false;
    for (const entry_t *other = first + 1; other <= last && !is_wide; other++)
        is_wide = do_differ(group, &work->groups[other->number], first->share);
    return is_wide;
}

/* Puts together what most connections that share something show at the same time. */
static void widen(work_t *work, trade_share_t share)
{
    const uint32_t count = order_groups(work, share);
    uint64_t troubles = 0;

    for (uint32_t first = 0, next = 0; first < count;) {
        const entry_t *entry = &work->entries[first];
        group_t *group = &work->groups[entry->number];
        for (; next < count && are_alike(entry, &work->entries[next]) &&
               work->entries[next].start - entry->start <= group->bound;
             next++)
            troubles += work->groups[work->entries[next].number].troubles;
        if (next - first < 2 || !are_most(work, entry, &work->entries[next - 1], troubles)) {
            troubles -= group->troubles;
            first++;
            continue;
        }
        while (++first < next)
            merge(group, &work->groups[work->entries[first].number]);
        group->share = share;
        troubles = 0;
    }
}

/* ---- All of it ---- */

/* Makes an incident of a group. */
static void begin_cause(trade_cause_t *cause, const group_t *group)
{
    *cause = (trade_cause_t){ .share = group->share,
                              .module = group->module,
                              .multiplexer = group->multiplexer,
                              .where = trade_where_find(get_suspects(group)),
                              .span = { group->start, group->end },
                              .last_start = group->last,
                              .outage = group->outage,
                              .count = group->troubles };
}

/* Makes the incidents of the groups, as the groups come. */
static void begin_causes(work_t *work)
{
    trade_causes_t *causes = work->causes;

    causes->causes = (trade_cause_t *)work->allocate(work->group_count * sizeof *causes->causes);
    for (uint32_t i = 0; i < work->group_count; i++) {
        group_t *group = &work->groups[i];
        if (group->into != group)
            continue;
        group->cause = causes->cause_count++;
        begin_cause(&causes->causes[group->cause], group);
    }
    for (uint32_t i = 0; i < causes->trouble_count; i++)
        causes->troubles[i].cause = get_root(&work->groups[work->groups_of[i]])->cause;
}

void trade_clusters_find(trade_causes_t *causes, const trade_crowd_t open[TRADE_SHARES],
                         trade_allocate_t allocate)
{
    const size_t size = causes->trouble_count;
    work_t work = { .causes = causes, .allocate = allocate, .open = open };

    work.entries = (entry_t *)allocate(size * sizeof *work.entries);
    work.groups = (group_t *)allocate(size * sizeof *work.groups);
    work.groups_of = (uint32_t *)allocate(size * sizeof *work.groups_of);
    make_groups(&work);
    join_named(&work);
    join_resets(&work);
    join_outages(&work);
    join_attempts(&work, TRADE_SHARE_PAIR);
    widen(&work, TRADE_SHARE_MULTIPLEXER);
    join_attempts(&work, TRADE_SHARE_MULTIPLEXER);
    widen(&work, TRADE_SHARE_MODULE);
    widen(&work, TRADE_SHARE_ALL);
    begin_causes(&work);
}
