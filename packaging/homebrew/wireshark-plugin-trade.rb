# wireshark-plugin-trade.rb
# A formula for a Homebrew tap: the plugin for the formula "wireshark". The cask "wireshark-app",
# which excludes that, needs the zip of a release (docs/INSTALL.md). Never run: see there.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

class WiresharkPluginTrade < Formula
  desc "Wireshark plugin that dissects TRADE"
  homepage "https://example.invalid/trade"
  head "https://example.invalid/trade.git", branch: "main" # your repository
  license "GPL-2.0-or-later"

  depends_on "cmake" => :build
  depends_on "ninja" => :build
  depends_on "pkgconf" => :build
  depends_on "glib"
  depends_on "wireshark"

  def install
    system "cmake", "-G", "Ninja", "-S", ".", "-B", "build", "-DBUILD_TESTING=OFF",
           "-DCMAKE_PREFIX_PATH=#{Formula["wireshark"].opt_prefix}", *std_cmake_args
    system "cmake", "--build", "build"
    (lib/"trade").install "build/trade.so"
    (share/"trade").install "profile/TRADE"
  end

  def caveats
    minor = Formula["wireshark"].version.major_minor.to_s.tr(".", "-")
    <<~EOS
      Wireshark looks for plugins in your own directory:
        mkdir -p ~/.local/lib/wireshark/plugins/#{minor}/epan ~/.config/wireshark/profiles
        ln -sf #{opt_lib}/trade/trade.so ~/.local/lib/wireshark/plugins/#{minor}/epan/
        cp -R #{opt_share}/trade/TRADE ~/.config/wireshark/profiles/
    EOS
  end

  test do
    assert_path_exists lib/"trade/trade.so"
  end
end
