/**
 * What the admin port says, as records: the contract between the daemon and {@code selectorctl}, written down in {@code openapi.yaml}. In JSON the
 * names are in snake case, absent values are left out, and times are ISO 8601 in UTC. Imports nothing of ours.
 */
@NullMarked
package org.selectord.admin.api;

import org.jspecify.annotations.NullMarked;
