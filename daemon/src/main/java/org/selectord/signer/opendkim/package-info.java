/**
 * OpenDKIM as a signer: a key file of its own for each selector, our lines at the head of KeyTable and SigningTable, a reload, and the proof by a message shown
 * to its socket. Everything about OpenDKIM's files stands here and nowhere else. Imports the heart's port and values, {@code proof}, and the ports of
 * {@code keystore} and {@code dnsupdate}.
 */
@NullMarked
package org.selectord.signer.opendkim;

import org.jspecify.annotations.NullMarked;
