/**
 * What remembers: the record of every domain, key bindings, orders, history and the clock mark, in one SQLite file. Holds no secret; imports the heart
 * and the words of {@code key} and {@code dnsupdate}, never another adapter.
 */
@NullMarked
package org.selectord.registry;

import org.jspecify.annotations.NullMarked;
