package org.selectord.dnsupdate.dnsjava;

import java.util.Map;
import org.selectord.dnsupdate.bed.NameServer;

class UpdateTargetOnKnotIT extends UpdateTargetWithOthers {
    @Override
    NameServer primary(int port, String secret, int... told) {
        return NameServer.knot(port, ZONE, secret, Map.of(), told);
    }
}
