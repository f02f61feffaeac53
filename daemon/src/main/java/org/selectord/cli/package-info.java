/**
 * {@code selectorctl}: commands for people and scripts, thin over the admin port. May import {@code admin.api} and nothing else of ours, so that it
 * starts without loading a server, a database or a cipher.
 */
@NullMarked
package org.selectord.cli;

import org.jspecify.annotations.NullMarked;
