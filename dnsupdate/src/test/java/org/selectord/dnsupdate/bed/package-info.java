/** Real name servers for tests: BIND's named as child processes on loopback. Packed as a test-jar, for the daemon's tests as well. */
@NullMarked
package org.selectord.dnsupdate.bed;

import org.jspecify.annotations.NullMarked;
