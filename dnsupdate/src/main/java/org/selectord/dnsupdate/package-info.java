/**
 * Putting TXT RRsets into a zone and seeing whether they arrived: RFC 2136 updates with TSIG at the primary, and questions to every
 * authoritative server. Knows TXT RRsets, not DKIM. The DNS library is imported only by the package below.
 */
@NullMarked
package org.selectord.dnsupdate;

import org.jspecify.annotations.NullMarked;
