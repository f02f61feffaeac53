/**
 * Private halves in files: one encrypted PKCS#8 PEM a key, in a directory that is for its owner only. Imports no other adapter, and
 * nothing of DNS or rotation.
 */
@NullMarked
package org.selectord.keystore.file;

import org.jspecify.annotations.NullMarked;
