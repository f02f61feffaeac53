/**
 * RFC 2136 updates with TSIG (RFC 8945), and asking each authoritative server. dnsjava is the codec, and the only package that may import
 * it is this one; it opens no socket and starts no thread for us: the transport is our own, because a peer could kill dnsjava's and a forged
 * unsigned reply passed as success.
 */
@NullMarked
package org.selectord.dnsupdate.dnsjava;

import org.jspecify.annotations.NullMarked;
