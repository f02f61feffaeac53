/**
 * Where private halves live: the port, its exceptions, the secret type, and spare keys. Knows nothing of DNS, domains' states or
 * mail signers; the stores themselves are packages below this one.
 */
@NullMarked
package org.selectord.keystore;

import org.jspecify.annotations.NullMarked;
