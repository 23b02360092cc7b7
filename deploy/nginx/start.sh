#!/bin/sh
# start.sh FOLDER [nginx options]: starts nginx with what `manage.py write_nginx` wrote into FOLDER. Certificates are
# looked for at each start: with them https, without them plain http.
set -eu
folder=$1
shift
certificates=$(cat "$folder/certificates-folder")
rm -rf "$folder/chosen"
mkdir -p "$folder/chosen/main" "$folder/chosen/http" "$folder/temp"
if [ -s "$certificates/fullchain.pem" ] && [ -s "$certificates/privkey.pem" ]; then
    cp "$folder/tls.conf" "$folder/chosen/http/"
else
    cp "$folder/plain.conf" "$folder/chosen/http/"
fi
module=/usr/lib/nginx/modules/ngx_http_brotli_static_module.so
if [ -e "$module" ]; then
    echo "load_module $module;" >"$folder/chosen/main/brotli.conf"
    echo "brotli_static on;" >"$folder/chosen/http/brotli.conf"
fi
exec "${NGINX_PROGRAM:-nginx}" -p "$folder" -c "$folder/nginx.conf" "$@"
