# overlay.nix
# An overlay for Nixpkgs: wireshark-plugin-trade, and how to use it:
#   WIRESHARK_PLUGIN_DIR=${wireshark-plugin-trade}/lib/wireshark/plugins tshark ...
# Never run: see docs/INSTALL.md.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

final: prev: {
  wireshark-plugin-trade = final.stdenv.mkDerivation {
    pname = "wireshark-plugin-trade";
    version = "1.0.0";
    src = ../..;
    nativeBuildInputs = [ final.cmake final.ninja final.pkg-config ];
    buildInputs = [ final.glib final.wireshark-cli.dev or final.wireshark-cli ];
    cmakeFlags = [ "-DBUILD_TESTING=OFF" ];
    # Nothing is installed where Wireshark is: that is another package.
    installPhase = ''
      runHook preInstall
      install -Dm644 trade.so \
        $out/lib/wireshark/plugins/${final.lib.versions.majorMinor final.wireshark-cli.version}/epan/trade.so
      mkdir -p $out/share/wireshark/profiles
      cp -R $src/profile/TRADE $out/share/wireshark/profiles/
      runHook postInstall
    '';
    meta = {
      description = "Wireshark plugin that dissects TRADE";
      license = final.lib.licenses.gpl2Plus;
    };
  };
}
