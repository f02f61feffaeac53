package org.selectord.dnsupdate.dnsjava;

import org.selectord.dnsupdate.bed.NameServer;

class UpdateTargetOnPowerDnsIT extends UpdateTargetWithOthers {
    @Override
    NameServer primary(int port, String secret, int... told) {
        return NameServer.powerDns(port, ZONE, secret, told);
    }
}
