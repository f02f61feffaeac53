/** What {@code deploy/bench dns} measures: ourselves beside the tools that people use, on the same servers in the same run. */
@NullMarked
package org.selectord.dnsupdate.bench;

import org.jspecify.annotations.NullMarked;
