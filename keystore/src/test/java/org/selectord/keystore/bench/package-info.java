/** What {@code deploy/bench keys} measures: how fast we make key pairs beside the programs that people use, in the same run. */
@NullMarked
package org.selectord.keystore.bench;

import org.jspecify.annotations.NullMarked;
