try{const d=document.documentElement,t=localStorage.theme,s=localStorage["text-size"];if(t)d.dataset.theme=t;if(s>=100&&s<=200)d.style.fontSize=s*1.125+"%"}catch{}
