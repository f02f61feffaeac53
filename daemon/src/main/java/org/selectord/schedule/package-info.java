/**
 * The clock that wakes the daemon, and windows of time: the only import of Quartz. Remembers nothing itself: a double or a missed wake
 * changes nothing. An adapter: may import {@code rotation} and the ports of {@code keystore} and {@code dnsupdate}, no other adapter.
 */
@NullMarked
package org.selectord.schedule;

import org.jspecify.annotations.NullMarked;
