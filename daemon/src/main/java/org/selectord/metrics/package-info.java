/**
 * Counts and measures what the heart tells, and what the registry knows, in the text format of Prometheus. May import {@code rotation} and {@code key};
 * no other adapter. No metric has a label per domain: 100,000 domains would be as many series.
 */
@NullMarked
package org.selectord.metrics;

import org.jspecify.annotations.NullMarked;
