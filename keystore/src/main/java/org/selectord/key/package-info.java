/**
 * DKIM keys and the words around them: signing domains, selectors, key records (RFC 6376 section 3.6.1), fingerprints and where
 * new key pairs come from. Imports neither DNS nor any place where keys are stored.
 */
@NullMarked
package org.selectord.key;

import org.jspecify.annotations.NullMarked;
