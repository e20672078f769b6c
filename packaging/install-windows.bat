@echo off
rem Installs the plugin and the profile TRADE for you alone, from the directory of this file.
rem Copyright the TRADE for Wireshark authors
rem SPDX-License-Identifier: GPL-2.0-or-later
xcopy /Y /S /I "%~dp0plugins" "%APPDATA%\Wireshark\plugins"
xcopy /Y /S /I "%~dp0profiles" "%APPDATA%\Wireshark\profiles"
