/**
 * The process: the one place that constructs adapters, starts them and stops them in reverse, and {@code selectord}'s own commands. May
 * import everything; nothing imports it.
 */
@NullMarked
package org.selectord.daemon;

import org.jspecify.annotations.NullMarked;
