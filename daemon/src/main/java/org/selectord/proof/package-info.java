/**
 * What a signature really says: a short conversation with a mail signer over its milter socket, and the verification of what came back with
 * the key that the authoritative servers serve. Answers are values; nothing here decides what they mean for a key. Imports the words of
 * {@code key} and the ports of {@code dnsupdate}; the DKIM library only in {@link org.selectord.proof.MessageVerifier} and the signature beside it.
 */
@NullMarked
package org.selectord.proof;

import org.jspecify.annotations.NullMarked;
