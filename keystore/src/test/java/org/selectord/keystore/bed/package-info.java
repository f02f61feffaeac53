/** A real Vault for tests, of this module and of those above it. */
package org.selectord.keystore.bed;
