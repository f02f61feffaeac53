/** What tests of several packages stand on: a real OpenDKIM, keys, and servers and a keystore written by hand. */
@NullMarked
package org.selectord.bed;

import org.jspecify.annotations.NullMarked;
