namespace RealtimeAdoption.ModelFile.Tests;

/// <summary>Each kind of error: one line of a valid model is changed, and exactly one error names that line, the path and the reason.</summary>
public sealed class ErrorTableTests
{
    public static TheoryData<int, string, string, string> TopLevelErrors => new()
    {
        { 1, "", "model", "the key 'model' is missing" },
        { 1, "model:", "model", "the key 'model' has no value" },
        { 1, "model: 2026.11", "model", "the number 2026.11 does not fit here; a text of 1 to 64 characters; put it in quotes: \"2026.11\"" },
        { 1, "model: \"\"", "model", "a text of 0 characters; a text of 1 to 64" },
        { 1, $"model: {new string('x', 65)}", "model", "a text of 65 characters" },
        { 1, "model: [v1]", "model", "a list does not fit here" },
        { 1, "model: v1\nmodle: v2", "modle", "unknown key 'modle'; did you mean 'model'?" },
        { 1, "model: v1\nsegmentz: []", "segmentz", "did you mean 'segments'?" },
        { 1, "model: v1\nwebhooks: []", "webhooks", "unknown key 'webhooks'; the keys here are model, late_days, metrics" },
        { 1, "model: v1\nmodel: v1", "model", "the key 'model' is there twice; once; it was first given in line 1" },
        { 2, "late_days: 32", "late_days", "the number 32 does not fit here; a whole number of days from 0 to 31" },
        { 2, "late_days: -1", "late_days", "from 0 to 31" },
        { 2, "late_days: 1.5", "late_days", "a whole number" },
        { 2, "late_days: \"7\"", "late_days", "the text '7' does not fit here" },
        { 2, "late_days: seven", "late_days", "the text 'seven' does not fit here" },
        { 2, "late_days: true", "late_days", "the truth value true does not fit here" },
        { 2, "late_days: .inf", "late_days", "does not fit here" },
        { 2, "late_days: &days 7", "late_days", "an anchor (&name)" },
        { 2, "late_days: !!int 7", "late_days", "a tag (tag:yaml.org,2002:int)" },
        { 16, "users: { active_days: 93 }", "users.active_days", "a whole number of days from 1 to 92" },
        { 16, "users: { active_days: 0 }", "users.active_days", "from 1 to 92" },
        { 16, "users: { super_adopter_products: 0 }", "users.super_adopter_products", "from 1 to 64" },
        { 16, "users: { super_adopters: 3 }", "users.super_adopters", "unknown key 'super_adopters'" },
        { 16, "users: 30", "users", "the number 30 where a mapping belongs; a mapping with the keys active_days, super_adopter_products" },
        { 16, "[a, b]: 1", "", "a key that is not a text" },
    };

    public static TheoryData<int, string, string, string> MetricErrors => new()
    {
        { 4, "  - { id: signups, product: cmr, event: Signed Up, kind: count }", "metrics[0].product", "no product has the id 'cmr'; did you mean 'crm'?" },
        { 4, "  - { id: signups, product: warehouse, event: Signed Up, kind: count }", "metrics[0].product", "the products are crm, portal" },
        { 4, "  - { id: signups, product: crm, event: Signed Up, kind: counter }", "metrics[0].kind", "unknown kind 'counter'; did you mean 'count'?" },
        { 4, "  - { id: signups, product: crm, event: Signed Up, kind: average }", "metrics[0].kind", "the kinds are count, sum, gauge, distinct_users, distinct_values, active_days" },
        { 4, "  - { id: signups, product: crm, event: Signed Up, kind: 5 }", "metrics[0].kind", "the number 5 does not fit here" },
        { 4, "  - { id: signups, product: crm, event: Signed Up }", "metrics[0].kind", "the key 'kind' is missing" },
        { 4, "  - { id: signups, product: crm, kind: count }", "metrics[0].event", "the key 'event' is missing" },
        { 4, "  - { id: signups, product: crm, event: 404, kind: count }", "metrics[0].event", "put it in quotes: \"404\"" },
        { 4, "  - { id: signups, product: crm, event: Signed Up, kind: count, value: n }", "metrics[0].value", "count takes no value" },
        { 4, "  - { id: signups, product: crm, event: Signed Up, kind: distinct_users, value: n }", "metrics[0].value", "distinct_users takes no value" },
        { 4, "  - { id: signups, product: crm, event: Signed Up, kind: active_days, value: n }", "metrics[0].value", "active_days takes no value" },
        { 4, "  - { id: signups, product: crm, event: Signed Up, kind: distinct_values }", "metrics[0].value", "distinct_values without a value" },
        { 5, "  - { id: mood, event: Mood Reported, kind: gauge }", "metrics[1].value", "a gauge without a value" },
        { 5, "  - { id: mood, event: \"*\", kind: gauge, value: level }", "metrics[1].event", "'*' without a product" },
        { 6, "  - { id: visits, product: portal, event: \"*\", kind: distinct_users }\n  - { id: signups, event: Mood, kind: count }", "metrics[3].id", "the id 'signups' is there twice; an id of its own; line 4 has this one" },
        { 5, "  - { id: mood, event: Mood Reported, kind: gauge, value: level }\n  - { id: Mood-2, event: Mood, kind: count }", "metrics[2].id", "the text 'Mood-2' does not fit here; 1 to 64 of a-z, 0-9 and _" },
        { 5, "  - { id: mood, event: Mood Reported, kind: gauge, value: level }\n  - { event: Mood, kind: count }", "metrics[2].id", "the key 'id' is missing" },
        { 5, "  - { id: mood, event: Mood Reported, kind: gauge, value: level }\n  - count", "metrics[2]", "the text 'count' where a mapping belongs" },
        { 5, "  - { id: mood, event: Mood Reported, kind: gauge, value: level, prodcut: crm }", "metrics[1].prodcut", "did you mean 'product'?" },
        { 5, "  - { id: mood, event: Mood Reported, kind: gauge, value: level, where: plan }", "metrics[1].where", "the text 'plan' does not fit here; a mapping of property: value" },
        { 5, "  - { id: mood, event: Mood Reported, kind: gauge, value: level, where: { plan: [a] } }", "metrics[1].where.plan", "a list does not fit here" },
        { 5, "  - { id: mood, event: Mood Reported, kind: gauge, value: level, where: { plan: null } }", "metrics[1].where.plan", "nothing does not fit here" },
        { 5, "  - { id: mood, event: Mood Reported, kind: gauge, value: level, where: { plan: 1e999 } }", "metrics[1].where.plan", "a finite number" },
        { 5, "  - { id: mood, event: Mood Reported, kind: gauge, value: level, where: { plan: .nan } }", "metrics[1].where.plan", "a finite number" },
        { 5, "  - { id: mood, event: Mood Reported, kind: gauge, value: level, where: { plan: a, plan: b } }", "metrics[1].where.plan", "the key 'plan' is there twice" },
        { 5, "  - { id: mood, event: Mood Reported, kind: gauge, value: level, where: { \"my plan\": ~ } }", "metrics[1].where[\"my plan\"]", "nothing does not fit here" },
    };

    public static TheoryData<int, string, string, string> ProductErrors => new()
    {
        { 9, "  - { id: portal, name: Portal, adopted_when: [ { metric: vists, at_least: 3, within_days: 7 } ] }", "products[1].adopted_when[0].metric", "no metric has the id 'vists'; did you mean 'visits'?" },
        { 9, "  - { id: portal, name: Portal, adopted_when: [ { metric: signups, at_least: 3, within_days: 7 } ] }", "products[1].adopted_when[0].metric", "'signups' is a metric of another product" },
        { 9, "  - { id: portal, name: Portal, adopted_when: [ { metric: mood, at_least: 3, within_days: 7 } ] }", "products[1].adopted_when[0].metric", "'mood' is of no product" },
        { 9, "  - { id: portal, name: Portal, adopted_when: [ { metric: visits, at_least: 3, within_days: 93 } ] }", "products[1].adopted_when[0].within_days", "a whole number of days from 1 to 92" },
        { 9, "  - { id: portal, name: Portal, adopted_when: [ { metric: visits, at_least: 3, within_days: 0 } ] }", "products[1].adopted_when[0].within_days", "from 1 to 92" },
        { 9, "  - { id: portal, name: Portal, adopted_when: [ { metric: visits, at_least: 3 } ] }", "products[1].adopted_when[0].within_days", "the key 'within_days' is missing" },
        { 9, "  - { id: portal, name: Portal, adopted_when: [ { metric: visits, at_least: 0, within_days: 7 } ] }", "products[1].adopted_when[0].at_least", "a number above 0, at most 1e12, with at most 6 decimals" },
        { 9, "  - { id: portal, name: Portal, adopted_when: [ { metric: visits, at_least: 1e13, within_days: 7 } ] }", "products[1].adopted_when[0].at_least", "the number 1e13 does not fit here" },
        { 9, "  - { id: portal, name: Portal, adopted_when: [ { metric: visits, at_least: 0.0000001, within_days: 7 } ] }", "products[1].adopted_when[0].at_least", "at most 6 decimals" },
        { 9, "  - { id: portal, name: Portal, adopted_when: [ { metric: visits, at_least: 1.00000000000000000000000000001, within_days: 7 } ] }", "products[1].adopted_when[0].at_least", "at most 6 decimals" },
        { 9, "  - { id: portal, name: Portal, adopted_when: [ { at_least: 3, within_days: 7 } ] }", "products[1].adopted_when[0].metric", "the key 'metric' is missing" },
        { 9, "  - { id: portal, name: Portal, adopted_when: [ { metric: visits, at_least: 3, within_days: 7 }, { metric: visits, at_least: 5, within_days: 7 } ] }", "products[1].adopted_when[1].metric", "asked for twice over the same days" },
        { 9, "  - { id: portal, name: Portal, adopted_when: [ { metric: visits, at_least: 3, in_days: 7, within_days: 7 } ] }", "products[1].adopted_when[0].in_days", "unknown key 'in_days'" },
        { 9, "  - { id: portal, name: Portal, adopted_when: [] }", "products[1].adopted_when", "an empty list does not fit here; a list of at least one criterion" },
        { 9, "  - { id: portal, name: Portal, adopted_when: { metric: visits } }", "products[1].adopted_when", "a mapping does not fit here" },
        { 9, "  - { id: portal, name: Portal }", "products[1].adopted_when", "the key 'adopted_when' is missing" },
        { 9, "  - { id: portal, adopted_when: [ { metric: visits, at_least: 3, within_days: 7 } ] }", "products[1].name", "the key 'name' is missing" },
        { 9, "  - { id: portal, name: Portal, anchor: yes, adopted_when: [ { metric: visits, at_least: 3, within_days: 7 } ] }", "products[1].anchor", "the text 'yes' does not fit here; true or false" },
        { 9, "  - { id: portal, name: Portal, grace_days: 32, adopted_when: [ { metric: visits, at_least: 3, within_days: 7 } ] }", "products[1].grace_days", "from 0 to 31" },
        { 9, "  - { id: portal, name: Portal, depth_target: 0, adopted_when: [ { metric: visits, at_least: 3, within_days: 7 } ] }", "products[1].depth_target", "a number above 0" },
        { 9, "  - { id: portal, name: Portal, list_price: -1, adopted_when: [ { metric: visits, at_least: 3, within_days: 7 } ] }", "products[1].list_price", "a number from 0 to 1e12" },
        { 9, "  - { id: portal, name: Portal, list_price: 12 000, adopted_when: [ { metric: visits, at_least: 3, within_days: 7 } ] }", "products[1].list_price", "the text '12 000' does not fit here" },
    };

    public static TheoryData<int, string, string, string> StageErrors => new()
    {
        { 11, "  - { id: zero, name: Z, from: 1, to: 0, churn_risk: unknown, priority: high, action: Start }", "stages[0].from", "the first stage does not start at 0 products; from: 0" },
        { 11, "  - { id: none, name: None, to: 0, churn_risk: unknown, priority: high, action: Start }", "stages[0].from", "the key 'from' is missing" },
        { 11, "  - { id: none, name: None, from: 0, to: 0, churn_risk: unknown, priority: high }", "stages[0].action", "the key 'action' is missing" },
        { 11, "  - { id: none, name: None, from: 0, churn_risk: unknown, priority: high, action: Start }", "stages[0].to", "only the last stage is open" },
        { 12, "  - { id: some, name: Some, from: 2, churn_risk: low, priority: low, action: Keep }", "stages[1].from", "leaves a gap after the stage before; from: 1" },
        { 12, "  - { id: some, name: Some, from: 0, churn_risk: low, priority: low, action: Keep }", "stages[1].from", "overlaps the stage before; from: 1" },
        { 12, "  - { id: some, name: Some, from: 1, to: 5, churn_risk: low, priority: low, action: Keep }", "stages[1].to", "the last stage has an end" },
        { 12, "  - { id: some, name: Some, from: 65, churn_risk: low, priority: low, action: Keep }", "stages[1].from", "from 0 to 64" },
        { 12, "  - { id: none, name: Some, from: 1, churn_risk: low, priority: low, action: Keep }", "stages[1].id", "the id 'none' is there twice" },
        { 12, "  - { id: some, name: Some, from: 1, churnrisk: low, churn_risk: low, priority: low, action: Keep }", "stages[1].churnrisk", "did you mean 'churn_risk'?" },
    };

    public static TheoryData<int, string, string, string> SegmentErrors => new()
    {
        { 15, "  - { id: small, name: Small, employees_from: 100 }", "segments[1].employees_from", "starts where 'large' starts" },
        { 15, "  - { id: small, name: Small, employees_from: -1 }", "segments[1].employees_from", "a whole number of employees from 0" },
        { 15, "  - { id: unknown, name: Small, employees_from: 0 }", "segments[1].id", "'unknown' is the segment of accounts of which nothing is known" },
        { 15, "  - { id: small, name: Small }", "segments[1].employees_from", "the key 'employees_from' is missing" },
        { 15, "  - { id: small, name: Small, employees_from: 0, benchmark: { products: 1, expansion_90d: 45, nrr: 1, second_product_days: 90 } }", "segments[1].benchmark.expansion_90d", "a number from 0 to 1" },
        { 15, "  - { id: small, name: Small, employees_from: 0, benchmark: { products: 1, expansion_90d: 0.4, second_product_days: 90 } }", "segments[1].benchmark.nrr", "the key 'nrr' is missing" },
        { 15, "  - { id: large, name: Small, employees_from: 0 }", "segments[1].id", "the id 'large' is there twice" },
    };

    public static TheoryData<int, string, string, string> HealthErrors => new()
    {
        { 18, "  min_coverage: 1.1", "health.min_coverage", "a number from 0 to 1" },
        { 18, "  min_coverge: 0.5", "health.min_coverge", "did you mean 'min_coverage'?" },
        { 20, "    - { id: breadth, kind: breadth, weight: 0 }", "health.measures[0].weight", "a number above 0" },
        { 20, "    - { id: breadth, kind: breadth }", "health.measures[0].weight", "the key 'weight' is missing" },
        { 20, "    - { id: breadth, kind: width, weight: 1 }", "health.measures[0].kind", "unknown kind 'width'" },
        { 20, "    - { id: breadth, kind: breadth, weight: 1, curve: [[0, 0], [1, 1]] }", "health.measures[0].curve", "the kind breadth has no 'curve'; leave it out" },
        { 21, "    - { id: recency, kind: recency, weight: 10 }", "health.measures[1].curve", "the key 'curve' is missing" },
        { 21, "    - { id: recency, kind: recency, weight: 10, curve: [] }", "health.measures[1].curve", "an empty list does not fit here" },
        { 21, "    - { id: recency, kind: recency, weight: 10, curve: [[0, 100]] }", "health.measures[1].curve", "a curve of one point" },
        { 21, "    - { id: recency, kind: recency, weight: 10, curve: [[0, 100], [0, 50]] }", "health.measures[1].curve[1]", "the input 0 does not rise above 0" },
        { 21, "    - { id: recency, kind: recency, weight: 10, curve: [[0, 100], [5]] }", "health.measures[1].curve[1]", "that is no point; [input, value]" },
        { 21, "    - { id: recency, kind: recency, weight: 10, curve: [[0, 100], [5, 101]] }", "health.measures[1].curve[1]", "the value from 0 to 100" },
        { 21, "    - { id: recency, kind: recency, weight: 10, curve: [[0, 100], 7] }", "health.measures[1].curve[1]", "the number 7 that is no point" },
        { 21, "    - { id: recency, kind: trend, weight: 10, recent_days: 60, before_days: 60, curve: [[0, 0], [1, 100]] }", "health.measures[1].before_days", "recent_days + before_days is 120; at most 91 together" },
        { 21, "    - { id: recency, kind: trend, weight: 10, min_events: -1, curve: [[0, 0], [1, 100]] }", "health.measures[1].min_events", "from 0 to" },
        { 21, "    - { id: recency, kind: sentiment, weight: 10, stale_after_days: 0 }", "health.measures[1].stale_after_days", "from 1 to 3660" },
        { 22, "    - { id: mood, kind: gauge, weight: 5, metric: signups, within_days: 30, curve: [[0, 0], [10, 100]] }", "health.measures[2].metric", "'signups' is a count metric; a metric of the kind gauge" },
        { 22, "    - { id: mood, kind: gauge, weight: 5, metric: moood, within_days: 30, curve: [[0, 0], [10, 100]] }", "health.measures[2].metric", "did you mean 'mood'?" },
        { 22, "    - { id: mood, kind: gauge, weight: 5, metric: mood, curve: [[0, 0], [10, 100]] }", "health.measures[2].within_days", "the key 'within_days' is missing" },
        { 22, "    - { id: mood, kind: gauge, weight: 5, metric: mood, within_days: 30, curve: [[0, 0], [10, 100]], segment_weights: { larg: 30 } }", "health.measures[2].segment_weights.larg", "no segment has the id 'larg'; did you mean 'large'?" },
        { 22, "    - { id: mood, kind: gauge, weight: 5, metric: mood, within_days: 30, curve: [[0, 0], [10, 100]], segment_weights: { large: 0 } }", "health.measures[2].segment_weights.large", "a number above 0" },
        { 23, "  bands: { yellow_from: 80, green_from: 75 }", "health.bands.green_from", "green starts at 75 and yellow at 80; green_from above yellow_from" },
        { 23, "  bands: { yellow_from: 5, green_from: 75, margin: 5 }", "health.bands.yellow_from", "no account can turn red" },
        { 23, "  bands: { yellow_from: 50, green_from: 99, margin: 2 }", "health.bands.green_from", "no account can turn green" },
        { 24, "  slip: { fall: 0 }", "health.slip.fall", "a number above 0, at most 100" },
        { 24, "  slip: { within_days: 93 }", "health.slip.within_days", "from 1 to 92" },
    };

    public static TheoryData<int, string, string, string> AlertErrors => new()
    {
        { 26, "  large_arr: 0", "alerts.large_arr", "a number above 0, at most 1e12" },
        { 26, "  large_arr: lots", "alerts.large_arr", "the text 'lots' does not fit here" },
        { 26, "  storm_from: 0", "alerts.storm_from", "from 1 to 1000000000" },
        { 26, "  cool_down_days: 366", "alerts.cool_down_days", "a whole number of days from 0 to 365" },
        { 26, "  cooldown_days: 3", "alerts.cooldown_days", "did you mean 'cool_down_days'?" },
        { 28, "    seats_lo: { below: 0.2 }", "alerts.rules.seats_lo", "unknown key 'seats_lo'; did you mean 'seats_low'?" },
        { 28, "    seats_low: off", "alerts.rules.seats_low", "the text 'off' where a rule belongs; true, false or a mapping with the keys below, after_days, enabled, severity, cool_down_days, action, segments" },
        { 28, "    seats_low: 0.2", "alerts.rules.seats_low", "the number 0.2 where a rule belongs" },
        { 28, "    seats_low: [0.2]", "alerts.rules.seats_low", "a list where a rule belongs" },
        { 28, "    seats_low: { below: 20 }", "alerts.rules.seats_low.below", "a number from 0 to 1" },
        { 28, "    seats_low: { after_days: 0 }", "alerts.rules.seats_low.after_days", "a whole number of days from 1 to 3660" },
        { 28, "    seats_low: { at_least: 0.2 }", "alerts.rules.seats_low.at_least", "seats_low has no 'at_least'; leave it out; seats_low has below, after_days, enabled" },
        { 28, "    seats_low: { at_least: 20 }", "alerts.rules.seats_low.at_least", "seats_low has no 'at_least'" },
        { 28, "    seats_low: { enabled: yes }", "alerts.rules.seats_low.enabled", "the text 'yes' does not fit here; true or false" },
        { 28, "    seats_low: { severity: critical }", "alerts.rules.seats_low.severity", "unknown severity 'critical'; the severities are info, notice, warning, urgent" },
        { 28, "    seats_low: { severity: warnign }", "alerts.rules.seats_low.severity", "did you mean 'warning'?" },
        { 28, "    seats_low: { cool_down_days: -1 }", "alerts.rules.seats_low.cool_down_days", "from 0 to 365" },
        { 28, "    seats_low: { action: \"\" }", "alerts.rules.seats_low.action", "a text of 0 characters" },
        { 28, $"    seats_low: {{ action: {new string('x', 257)} }}", "alerts.rules.seats_low.action", "a text of 257 characters; a text of 1 to 256" },
        { 28, "    health_slip: { after_days: 3 }", "alerts.rules.health_slip.after_days", "health_slip has no 'after_days'; leave it out; health_slip has enabled, severity, cool_down_days, action, segments" },
        { 28, "    stage_up: { keep_days: 366 }", "alerts.rules.stage_up.keep_days", "from 1 to 365" },
        { 28, "    breadth_without_depth: { min_products: 65 }", "alerts.rules.breadth_without_depth.min_products", "a whole number of products from 1 to 64" },
        { 28, "    champion_quiet: { after_days: 30 }", "alerts.rules.champion_quiet.after_days", "users.active_days is 30); less than users.active_days" },
        { 28, "    champion_quiet: { segments: { small: { after_days: 31 } } }", "alerts.rules.champion_quiet.segments.small.after_days", "less than users.active_days" },
        { 28, "    sentiment_low: { below: -101 }", "alerts.rules.sentiment_low.below", "a number from -100 to 100" },
        { 28, "    renewal_near: { within_days: 400 }", "alerts.rules.renewal_near.within_days", "from 1 to 365" },
        { 29, "    contact_due: { every: weekly }", "alerts.rules.contact_due.every", "unknown every 'weekly'; the cadences are monthly, quarterly, yearly" },
        { 29, "    contact_due: { every: 30 }", "alerts.rules.contact_due.every", "the number 30 does not fit here; monthly, quarterly, yearly" },
        { 29, "    contact_due: { after_days: 30 }", "alerts.rules.contact_due.after_days", "contact_due has no 'after_days'; leave it out; contact_due has every, enabled" },
        { 29, "    contact_due: { segments: { larg: { every: monthly } } }", "alerts.rules.contact_due.segments.larg", "no segment has the id 'larg'; did you mean 'large'?" },
        { 29, "    contact_due: { segments: { large: monthly } }", "alerts.rules.contact_due.segments.large", "the text 'monthly' where a rule belongs; true, false or a mapping with the keys every, enabled, severity, cool_down_days, action" },
        { 29, "    contact_due: { segments: { large: { every: monthly, segments: { small: false } } } }", "alerts.rules.contact_due.segments.large.segments", "unknown key 'segments'" },
        { 29, "    contact_due: { segments: { large: { evry: monthly } } }", "alerts.rules.contact_due.segments.large.evry", "did you mean 'every'?" },
        { 29, "    contact_due: { segments: { large: { below: 1 } } }", "alerts.rules.contact_due.segments.large.below", "contact_due has no 'below'" },
        { 29, "    contact_due: { segments: [large] }", "alerts.rules.contact_due.segments", "a list does not fit here; a mapping of segment: rule" },
        { 29, "  rules: []", "alerts.rules", "the key 'rules' is there twice" },
    };

    [Fact]
    public void The_small_model_itself_is_valid() => Assert.Equal("", ModelFileReader.Read(SmallModel.Text, "small.yaml").Describe());

    [Theory]
    [MemberData(nameof(TopLevelErrors))]
    [MemberData(nameof(MetricErrors))]
    [MemberData(nameof(ProductErrors))]
    [MemberData(nameof(StageErrors))]
    [MemberData(nameof(SegmentErrors))]
    [MemberData(nameof(HealthErrors))]
    [MemberData(nameof(AlertErrors))]
    public void One_wrong_thing_is_one_error_with_its_line_and_path_and_reason(int line, string replacement, string path, string reason)
    {
        var result = ModelFileReader.Read(SmallModel.With(line, replacement), "small.yaml");
        Assert.False(result.IsValid);
        Assert.Null(result.Model);
        var error = Assert.Single(result.Errors);
        Assert.Equal(path, error.Path);
        Assert.Contains(reason, $"{error.Problem}; {error.Expected}", StringComparison.Ordinal);

        // In a replacement of several lines the error is in the last; a missing key of the file as a whole has the file's start.
        var expected = path == "model" && replacement.Length == 0 ? 2 : line + replacement.Count(c => c == '\n');
        Assert.Equal(expected, error.Line);
        Assert.InRange(error.Column, 1, 200);
    }
}
