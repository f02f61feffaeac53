/**
 * Private halves in HashiCorp Vault or OpenBao: one secret a key in a KV engine of version 2. The only import of the Vault driver.
 * Imports no other adapter, and nothing of DNS or rotation.
 */
@NullMarked
package org.selectord.keystore.vault;

import org.jspecify.annotations.NullMarked;
